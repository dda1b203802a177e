import{a,b,c,d,e}from"./chunk-EQM6JKHN.js";import"./chunk-BJ6YW3Q4.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,d as current,c as foldOf,e as sweepCopies,b as updateCopy};
