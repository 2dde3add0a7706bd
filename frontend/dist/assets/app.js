import { t as Q } from "./vendor.js";
// src/main.tsx
var root = document.getElementById("app");
if (root) Q(null, root);
