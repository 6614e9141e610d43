// Mounts an in-memory file system through FuseBridge, for tests that need a real kernel on the other side.
//
//     FuseBridgeProbe MOUNTPOINT [-o OPTION,…]
//
// Says "ready" on standard output when the mount answers, and "ended" when it is gone. SIGTERM and SIGINT end it.

import Glibc

exit(Probe.run(Array(CommandLine.arguments.dropFirst())))
