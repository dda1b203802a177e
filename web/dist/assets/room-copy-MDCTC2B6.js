import{a,b,c,d,e}from"./chunk-VFU5AEFR.js";import"./chunk-6Y4E3WSY.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,d as current,c as foldOf,e as sweepCopies,b as updateCopy};
