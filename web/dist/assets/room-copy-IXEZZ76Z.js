import{a,b,c,d,e}from"./chunk-MTW6S6VP.js";import"./chunk-IAH5GGM3.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,d as current,c as foldOf,e as sweepCopies,b as updateCopy};
