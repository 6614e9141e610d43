public import AWSVocabulary
import Cryptography
import FoundationEssentials

extension Surroundings {
    /// The machine's clock and OpenSSL's random source.
    public static var system: Surroundings {
        Surroundings(now: { Date() }, randomBytes: { RandomBytes.make(count: $0) })
    }
}
