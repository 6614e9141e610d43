public import AccountHome
public import ObjectStore
public import ReceiptRules
public import SystemPackage
public import Trail

/// Why a program could not be put together.
public enum DaemonError: Error, Equatable, Sendable {
    /// The home cannot be opened.
    case home(HomeError)
    /// The trail cannot be opened, and without it no call may be answered.
    case trail(TrailError)
    /// The receipt rules cannot be read.
    case rules(ReceiptRulesError)
    /// SOURCE cannot be used.
    case store(ObjectStoreError)
    /// An option's value makes no sense; the texts are its name, the value, and what is wanted.
    case option(name: String, value: String, expected: String)
    /// Neither a home was named nor is there a home directory to put one in.
    case noHome
    /// Threads could not be started.
    case threads(Errno)
}

extension DaemonError: CustomStringConvertible {
    /// One sentence for a person, lower case, no full stop.
    public var description: String {
        switch self {
        case .home(let error): "cannot open the home: \(error)"
        case .trail(let error): "cannot open the trail: \(error)"
        case .rules(let error): "cannot read the receipt rules: \(error)"
        case .store(let error): "cannot use the source: \(error)"
        case .option(let name, let value, let expected): "option \(name)=\(value): \(expected) is needed"
        case .noHome: "there is no home: neither --home, $ENVELOPEFS_HOME nor $HOME is set"
        case .threads(let errno): "cannot start a thread: \(errno)"
        }
    }

    /// What to do about it.
    public var hint: String? {
        switch self {
        case .home(.notInitialized): "make one with envelopectl init, or mount once"
        case .noHome: "name a directory with --home"
        case .home, .trail, .rules, .store, .option, .threads: nil
        }
    }
}
