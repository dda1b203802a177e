import{a,b,c}from"./chunk-IEP3DN24.js";import"./chunk-QEODBP6Q.js";import"./chunk-WOT6VMZA.js";export{a as RoomCopy,b as current,c as sweepCopies};
