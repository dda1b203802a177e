import{a,b,c,d}from"./chunk-SP6CY2ZI.js";import"./chunk-6B2WEWTF.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,c as current,b as foldOf,d as sweepCopies};
