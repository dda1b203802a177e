import{a,b,c}from"./chunk-PBSHG5LV.js";import"./chunk-KXEQ73NQ.js";import"./chunk-WOT6VMZA.js";export{a as RoomCopy,b as current,c as sweepCopies};
