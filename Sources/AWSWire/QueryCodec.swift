// The protocol "AWS Query": a form body with `Action`, `Version` and flattened members, XML in return. SES
// receiving and SNS speak it. Left out: EC2's dialect and flattened lists (`Name.1` without `member`).
//
// Source: Smithy, "AWS Query protocol"; URL standard, "application/x-www-form-urlencoded parsing".

/// One node of a Query request: a value, members below it, or both.
public struct QueryNode: Sendable, Equatable {
    /// The text at this name, when there is one.
    public private(set) var text: String?
    private var members: [String: QueryNode] = [:]

    /// The names of the members, sorted.
    public var names: [String] { members.keys.sorted() }

    /// Whether nothing stands here or below.
    public var isEmpty: Bool { text == nil && members.isEmpty }

    /// The structure under `name`, when it has members.
    public func structure(_ name: String) -> QueryNode? {
        guard let node = members[name], !node.members.isEmpty else { return nil }
        return node
    }

    /// The text under `name`.
    public func string(_ name: String) -> String? { members[name]?.text }

    /// The truth value under `name`, `true` or `false`.
    public func boolean(_ name: String) throws(WireError) -> Bool? {
        guard let text = string(name) else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default: throw QueryCodec.malformed("\(name): '\(text)' can not be converted to a Boolean")
        }
    }

    /// The whole number under `name`.
    public func integer(_ name: String) throws(WireError) -> Int? {
        guard let text = string(name) else { return nil }
        guard let number = Int(text) else {
            throw QueryCodec.malformed("\(name): '\(text)' can not be converted to an Integer")
        }
        return number
    }

    /// The list `name.member.1`, `name.member.2`, … in the order of its numbers, gaps closed.
    ///
    /// - Returns: `nil` when nothing was sent; an empty list for the bare name with an empty value, which some
    ///   SDKs send.
    public func list(_ name: String) throws(WireError) -> [QueryNode]? {
        guard let node = members[name] else { return nil }
        guard let entries = node.members["member"]?.members else {
            guard node.members.isEmpty, node.text?.isEmpty ?? true else {
                throw QueryCodec.malformed("\(name): a list needs '\(name).member.N'")
            }
            return []
        }
        return try Self.inOrder(entries, name: name)
    }

    /// The list of texts under `name`; see ``list(_:)``.
    public func strings(_ name: String) throws(WireError) -> [String]? {
        try list(name)?.map { $0.text ?? "" }
    }

    private static func inOrder(_ entries: [String: QueryNode], name: String) throws(WireError) -> [QueryNode]
    {
        var numbered: [(Int, QueryNode)] = []
        for (index, node) in entries {
            guard let number = Int(index), number >= 1, String(number) == index else {
                throw QueryCodec.malformed("\(name): '\(index)' is not a list index")
            }
            numbered.append((number, node))
        }
        return numbered.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// - Returns: Whether the place was free.
    fileprivate mutating func insert(_ text: String, at path: ArraySlice<Substring>) -> Bool {
        guard let first = path.first else {
            guard self.text == nil else { return false }
            self.text = text
            return true
        }
        return members[String(first), default: QueryNode()].insert(text, at: path.dropFirst())
    }
}

/// Requests and answers of AWS Query.
public enum QueryCodec {
    /// The media type of requests.
    public static let contentType = "application/x-www-form-urlencoded; charset=utf-8"
    /// The most parameters one request may have; a memory bound of ours.
    public static let maximumParameterCount = 4096
    /// The deepest nesting of one parameter name; a bound of ours.
    public static let maximumDepth = 16

    static func malformed(_ message: String) -> WireError { WireError("MalformedInput", message) }

    /// Reads a form body, or a query string, into a tree.
    ///
    /// - Throws: `MalformedInput` for text that is not UTF-8, a name given twice, or more than the bounds allow.
    public static func decode(_ form: [UInt8]) throws(WireError) -> QueryNode {
        var root = QueryNode()
        var count = 0
        for part in form.split(separator: UInt8(ascii: "&")) {
            count += 1
            guard count <= maximumParameterCount else { throw malformed("too many parameters") }
            let halves = part.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decodeForm(halves[0]),
                let value = PercentEncoding.decodeForm(halves.count > 1 ? halves[1] : [])
            else { throw malformed("the parameters are not UTF-8") }
            let path = name.split(separator: ".", omittingEmptySubsequences: false)
            guard path.count <= maximumDepth, path.allSatisfy({ !$0.isEmpty }) else {
                throw malformed("'\(name.prefix(64))' is not a parameter name")
            }
            guard root.insert(value, at: path[...]) else { throw malformed("'\(name)' is given twice") }
        }
        return root
    }

    /// Writes parameters as a form body, in the order given.
    public static func encode(_ parameters: [(name: String, value: String)]) -> [UInt8] {
        let parts = parameters.map {
            PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value)
        }
        return Array(parts.joined(separator: "&").utf8)
    }

    // MARK: - Answers

    /// The answer to a call that succeeded: `OPERATIONResponse`, `OPERATIONResult`, `ResponseMetadata`.
    ///
    /// - Parameters:
    ///   - namespace: The service's XML name space, such as `http://ses.amazonaws.com/doc/2010-12-01/`.
    ///   - result: Writes the members of the result element.
    public static func success(
        operation: String, namespace: String, requestID: String, result: (inout XMLWriter) -> Void
    ) -> WireResponse {
        var xml = XMLWriter()
        xml.element("\(operation)Response", attributes: [("xmlns", namespace)]) { xml in
            xml.element("\(operation)Result", content: result)
            xml.element("ResponseMetadata") { $0.element("RequestId", text: requestID) }
        }
        return answer(status: 200, xml, requestID)
    }

    /// The answer to a call that failed.
    public static func failure(_ error: WireError, namespace: String, requestID: String) -> WireResponse {
        var xml = XMLWriter()
        xml.element("ErrorResponse", attributes: [("xmlns", namespace)]) { xml in
            xml.element("Error") { xml in
                xml.element("Type", text: error.fault.rawValue)
                xml.element("Code", text: error.code)
                if let message = error.message { xml.element("Message", text: message) }
                for detail in error.details { xml.element(detail.name, text: detail.value) }
            }
            xml.element("RequestId", text: requestID)
        }
        return answer(status: error.status, xml, requestID)
    }

    private static func answer(status: Int, _ xml: XMLWriter, _ requestID: String) -> WireResponse {
        WireResponse(
            status: status, headers: ["content-type": "text/xml", JSON11.requestIDHeader: requestID],
            body: xml.bytes)
    }
}
