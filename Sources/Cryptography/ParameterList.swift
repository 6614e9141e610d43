internal import COpenSSL

/// Parameters for one OpenSSL call, by name and pointer, so that secrets are read where they lie.
///
/// The values must outlive the call, so lists are built inside the closures that lend the bytes.
struct ParameterList {
    private var parameters: [OSSL_PARAM] = []

    mutating func add(_ name: StaticString, octets: UnsafeRawBufferPointer) {
        // SAFETY: OpenSSL's constructor takes a mutable pointer for both directions; a context only reads it.
        let address = UnsafeMutableRawPointer(mutating: octets.baseAddress)
        parameters.append(OSSL_PARAM_construct_octet_string(name.characters, address, octets.count))
    }

    mutating func add(_ name: StaticString, text: StaticString) {
        let address = UnsafeMutablePointer(mutating: text.characters)
        parameters.append(OSSL_PARAM_construct_utf8_string(name.characters, address, text.utf8CodeUnitCount))
    }

    mutating func add(_ name: StaticString, number: UnsafeMutablePointer<UInt64>) {
        parameters.append(OSSL_PARAM_construct_uint64(name.characters, number))
    }

    /// Lends the list, terminated as OpenSSL expects, to `body`.
    func withPointer<R>(_ body: (UnsafePointer<OSSL_PARAM>?) -> R) -> R {
        (parameters + [OSSL_PARAM_construct_end()]).withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
