/// The version of the programs.
public enum EnvelopeFSVersion {
    /// Semantic version; the CHANGELOG tells what is in it.
    public static let text = "0.1.0"
}
