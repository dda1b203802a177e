import{a,b,c,d,e}from"./chunk-IO6JH6SO.js";import"./chunk-2AVRIMXH.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,d as current,c as foldOf,e as sweepCopies,b as updateCopy};
