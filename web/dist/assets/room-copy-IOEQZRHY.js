import{a,b,c}from"./chunk-2S2BG4CL.js";import"./chunk-K4YXFKEY.js";import"./chunk-WOT6VMZA.js";export{a as RoomCopy,b as current,c as sweepCopies};
