import{a,b,c,d,e}from"./chunk-TO24SXGJ.js";import"./chunk-53BVNABU.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,d as current,c as foldOf,e as sweepCopies,b as updateCopy};
