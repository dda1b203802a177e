import{a,b,c,d}from"./chunk-URIK5CFX.js";import"./chunk-2HLWENEI.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,c as current,b as foldOf,d as sweepCopies};
