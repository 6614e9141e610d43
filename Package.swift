// swift-tools-version: 6.2
import PackageDescription

// One helper gives every target the same settings; the module map and the direction of imports are told in
// ARCHITECTURE.md. Targets stand in the order of the map, lowest first.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func module(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(of name: String, fixtures: Bool = false, _ dependencies: Target.Dependency...) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: ["EnvelopeTesting", .target(name: name)] + dependencies,
        resources: fixtures ? [.copy("Fixtures")] : [], swiftSettings: settings)
}

let package = Package(
    name: "EnvelopeFS",
    targets: [
        module("StrictJSON"),
        module("AWSVocabulary", "StrictJSON"),
        .target(
            name: "EnvelopeTesting", dependencies: ["AWSVocabulary"], path: "Tests/EnvelopeTesting",
            swiftSettings: settings),
        tests(of: "StrictJSON"),
        tests(of: "AWSVocabulary"),
    ]
)
