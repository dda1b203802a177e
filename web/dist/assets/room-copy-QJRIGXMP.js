import{a,b,c,d,e}from"./chunk-CMNJB3C3.js";import"./chunk-C7YXTWB7.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,d as current,c as foldOf,e as sweepCopies,b as updateCopy};
