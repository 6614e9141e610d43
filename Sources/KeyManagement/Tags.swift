import AWSVocabulary
import PolicyEngine
import StrictJSON

/// The rules for tags on keys.
///
/// Source: KMS API Reference, `TagResource`; the messages are recorded responses.
enum Tags {
    static let limit = 50

    /// Checks lengths.
    static func check(_ tags: [ResourceTag]?, _ shape: inout Shape) {
        for (index, tag) in (tags ?? []).enumerated() {
            shape.text(tag.key, "tags.\(index + 1).member.tagKey", 1...128)
            shape.text(tag.value, "tags.\(index + 1).member.tagValue", 0...256)
        }
    }

    /// Checks names and number of the tags a request gives.
    ///
    /// - Throws: `.tag`.
    static func check(_ tags: [ResourceTag]) throws(KeyManagementError) {
        if tags.contains(where: { $0.key.lowercased().hasPrefix("aws:") }) {
            throw .tag("Tags beginning with aws: are reserved")
        }
        if Set(tags.map { Array($0.key.utf8) }).count != tags.count { throw .tag("Duplicate tag keys") }
        if tags.count > limit { throw .tag("Too many tags") }
    }

    /// The tags after `added` have been put over them.
    ///
    /// - Throws: `.tag` when there would be too many.
    static func merge(_ tags: [ResourceTag], _ added: [ResourceTag]) throws(KeyManagementError)
        -> [ResourceTag]
    {
        var merged = tags
        for tag in added {
            if let index = merged.firstIndex(where: { $0.key == tag.key }) {
                merged[index] = tag
            } else {
                merged.append(tag)
            }
        }
        if merged.count > limit { throw .tag("Too many tags") }
        return merged
    }

    /// Adds `aws:RequestTag/…` and `aws:TagKeys`.
    static func addConditionKeys(_ tags: [ResourceTag], to context: inout RequestContext) {
        for tag in tags { context.set(tag.value, for: "aws:RequestTag/\(tag.key)") }
        context.set(tags.map(\.key), for: "aws:TagKeys")
    }

    static func json(_ tags: [ResourceTag], lowerCamelCase: Bool) -> JSONValue {
        .array(
            tags.map { tag in
                lowerCamelCase
                    ? ["tagKey": .string(tag.key), "tagValue": .string(tag.value)]
                    : ["TagKey": .string(tag.key), "TagValue": .string(tag.value)]
            })
    }
}
