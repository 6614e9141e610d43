extension KeyService {
    /// Lists a key's tags by name.
    ///
    /// Source: KMS API, `ListResourceTags`.
    public func listResourceTags(_ request: KeyPageRequest, by call: Call) throws(KeyManagementError) -> Page<
        ResourceTag
    > {
        try answer(.listResourceTags, by: call, request.parameters) {
            (invocation) throws(KeyManagementError) in
            let paging = try Paging(
                .listResourceTags, limit: request.limit, marker: request.marker, standard: 50, maximum: 50)
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key)
            let tags = key.attributes.tags.sorted { $0.key < $1.key }.filter { $0.key > paging.after }
            return paging.page(tags, name: \.key)
        }
    }
}
