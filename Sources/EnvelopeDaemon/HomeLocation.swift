/// Where an account's state lives: one directory, its *home*.
public enum HomeLocation {
    /// The home that the programs use.
    ///
    /// In order: what was asked for, `$ENVELOPEFS_HOME`, `$XDG_STATE_HOME/envelopefs`, and
    /// `~/.local/state/envelopefs`, the default that the XDG Base Directory Specification gives.
    ///
    /// - Returns: A path, or `nil` where neither a home directory nor any of the variables is known.
    public static func resolve(asked: String?, environment: [String: String]) -> String? {
        if let asked { return asked }
        if let named = environment["ENVELOPEFS_HOME"], !named.isEmpty { return named }
        // The specification tells to ignore a relative path here.
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return "\(state)/envelopefs" }
        guard let user = environment["HOME"], !user.isEmpty else { return nil }
        return "\(user)/.local/state/envelopefs"
    }
}
