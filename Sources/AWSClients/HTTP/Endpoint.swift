public import AWSVocabulary

/// Where a service listens: scheme, host and port, without a path.
///
/// Source: RFC 3986 section 3.2.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// Whether TLS protects the connection.
    public let isTLS: Bool
    /// A host name, an IPv4 address, or an IPv6 address in brackets.
    public let host: String
    /// The TCP port.
    public let port: Int

    /// Makes an endpoint from its parts.
    public init(isTLS: Bool, host: String, port: Int) {
        self.isTLS = isTLS
        self.host = host
        self.port = port
    }

    /// Reads `http://HOST[:PORT]` or `https://HOST[:PORT]`, a slash at the end allowed.
    ///
    /// - Throws: `.invalidEndpoint` for another scheme, a path, a user name, or a port out of range.
    public init(_ text: String) throws(ClientError) {
        func refuse(_ reason: String) -> ClientError { .invalidEndpoint(text, reason: reason) }
        let lowered = text.lowercased()
        if lowered.hasPrefix("https://") {
            isTLS = true
        } else if lowered.hasPrefix("http://") {
            isTLS = false
        } else {
            throw refuse("it must begin with http:// or https://")
        }
        var authority = lowered.dropFirst(isTLS ? 8 : 7)
        if authority.hasSuffix("/") { authority = authority.dropLast() }
        guard !authority.contains(where: { "/?#@ \\%".contains($0) }) else {
            throw refuse("only a host and a port may follow the scheme")
        }
        let portMark = authority.lastIndex(of: ":").flatMap { mark in
            authority[mark...].contains("]") ? nil : mark
        }
        host = String(authority[..<(portMark ?? authority.endIndex)])
        guard !host.isEmpty, host.utf8.count <= 255, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw refuse("the host is missing or not ASCII")
        }
        guard host.hasPrefix("[") == host.hasSuffix("]"), host.hasPrefix("[") || !host.contains(":") else {
            throw refuse("an IPv6 address stands in brackets")
        }
        guard let portMark else {
            port = isTLS ? 443 : 80
            return
        }
        guard let number = Int(authority[authority.index(after: portMark)...]), (1...65535).contains(number)
        else {
            throw refuse("the port must be a number from 1 to 65535")
        }
        port = number
    }

    /// AWS's own endpoint of `service` in `region`.
    public static func aws(service: String, region: Region) -> Endpoint {
        let suffix = region.text.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        return Endpoint(isTLS: true, host: "\(service).\(region.text).\(suffix)", port: 443)
    }

    /// The value of the `Host` header: the port is left out where the scheme implies it.
    public var hostHeader: String { port == (isTLS ? 443 : 80) ? host : "\(host):\(port)" }

    /// The URL without a path.
    public var description: String { "\(isTLS ? "https" : "http")://\(hostHeader)" }

    /// Whether nobody on the way can read along: TLS, or never leaving this machine.
    public var isConfidential: Bool {
        isTLS || host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" || isLoopbackAddress
    }

    private var isLoopbackAddress: Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return parts.count == 4 && parts.allSatisfy { $0 != nil } && parts[0] == 127
    }
}
