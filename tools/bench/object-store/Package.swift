// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that what it needs never reaches the product. SwiftPM lets a target lie only
// inside its package; the modules that are measured come in by symbolic link instead of through the whole
// package, which makes this build in a minute and not in six.
let package = Package(
    name: "object-store-bench",
    dependencies: [.package(url: "https://github.com/apple/swift-system", from: "1.8.1")],
    targets: [
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .target(name: "StrictJSON", swiftSettings: settings),
        .target(name: "Cryptography", dependencies: ["CLinux", "COpenSSL"], swiftSettings: settings),
        .target(
            name: "DurableFiles",
            dependencies: ["CLinux", .product(name: "SystemPackage", package: "swift-system")],
            swiftSettings: settings),
        .target(
            name: "ObjectStore",
            dependencies: [
                "CLinux", "Cryptography", "DurableFiles", "StrictJSON",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "object-store-bench",
            dependencies: ["CLinux", "DurableFiles", "ObjectStore"],
            swiftSettings: settings),
    ]
)

var settings: [SwiftSetting] {
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]
}
