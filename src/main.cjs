#!/usr/bin/env node
// What every command starts with. Old syntax only, so that an old Node gets as far as saying that it is too old.
'use strict';

var found = process.versions.node.split('.').map(Number);
var OLDEST = [20, 19];

if (found[0] < OLDEST[0] || (found[0] === OLDEST[0] && found[1] < OLDEST[1])) {
  process.stderr.write('gatelab: Node ' + OLDEST.join('.') + ' or newer is needed, and this is Node ' + process.versions.node
    + '; install a newer one, for example from https://nodejs.org\n');
  process.exitCode = 1;
} else {
  // The newest Node that this rejects parses import(), since that came with Node 10.
  void import('./command-line/start.js');
}
