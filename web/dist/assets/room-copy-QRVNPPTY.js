import{a,b,c,d,e}from"./chunk-EZECTZMQ.js";import"./chunk-DFADVGY3.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,d as current,c as foldOf,e as sweepCopies,b as updateCopy};
