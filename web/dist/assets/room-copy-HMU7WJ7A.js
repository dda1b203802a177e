import{a,b,c,d}from"./chunk-NJFKPDL7.js";import"./chunk-XWRL3D4Z.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,c as current,b as foldOf,d as sweepCopies};
