import{a,b,c}from"./chunk-ZY4FLR6E.js";import"./chunk-Y3TEF6XM.js";import"./chunk-WOT6VMZA.js";export{a as RoomCopy,b as current,c as sweepCopies};
