import ArgumentParser

/// The exit codes of `envelopectl`, those of sysexits.h where one fits.
enum ExitStatus: Int32, CaseIterable {
    /// Done.
    case success = 0
    /// Refused or failed for a reason that fits none of the others.
    case failure = 1
    /// The command line was not understood (EX_USAGE).
    case usage = 64
    /// An input file or document is not acceptable (EX_DATAERR).
    case data = 65
    /// What was named does not exist (EX_NOINPUT).
    case notFound = 66
    /// The home is not there, or cannot be opened (EX_UNAVAILABLE).
    case unavailable = 69
    /// Our own trouble: the disk, the database (EX_SOFTWARE).
    case internalFailure = 70
    /// What was named exists already (EX_CANTCREAT).
    case alreadyExists = 73
    /// The policy says no (EX_NOPERM).
    case accessDenied = 77
    /// The state of the key or rule does not allow it (EX_CONFIG).
    case wrongState = 78

    var code: ExitCode { ExitCode(rawValue) }
}

/// Why a command failed, ready for a person to read.
struct Failure: Error, CustomStringConvertible {
    /// Lower case, no full stop: what, and which.
    let sentence: String
    /// What to do about it.
    var hint: String?
    var status: ExitStatus = .failure

    var description: String {
        hint.map { "\(sentence)\nhint: \($0)" } ?? sentence
    }
}
