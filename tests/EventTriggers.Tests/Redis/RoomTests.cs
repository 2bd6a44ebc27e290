using System.Text.RegularExpressions;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Tests.Redis;

/// <summary>
/// Who may know Redis: scripts are named by the classes that call them, and the client is used in Redis/ and DependencyInjection/.
/// </summary>
public sealed partial class RoomTests
{
    [Fact]
    public void TheClient_IsUsedBehindTheDoorsOfRedisOnly() =>
        Files("src/EventTriggers").Where(static file => Client().IsMatch(File.ReadAllText(file))).Select(RoomOf).Distinct()
            .Where(static room => room.Split('/')[0] is not "DependencyInjection" && room.Split('/')[0] is not "Redis").Should().BeEmpty();

    // Tests name scripts by their hashes where they break off a call.
    [Fact]
    public void AScript_IsNamedByTheClassThatCallsItOnly() =>
        Files("src").Concat(Files("tests/EventTriggers.Benchmarks")).Where(static file => ScriptName().IsMatch(File.ReadAllText(file)))
            .Where(static file => !file.Contains("/Redis/Operations/", StringComparison.Ordinal)).Select(Path.GetFileName).Should()
                .BeEmpty();

    [Theory]
    [MemberData(nameof(ScriptTests.Names), MemberType = typeof(ScriptTests))]
    public void AScript_HasARequestClassBesideIt(string name)
    {
        var request = typeof(Script).Assembly.GetType($"{typeof(Script).Namespace}.{PascalOf(name)}Request");

        request.Should().NotBeNull();
        request!.GetInterfaces().Should()
            .Contain(static one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IScriptRequest<>));
        File.Exists(Path.Combine(Checkout.Root, "src/EventTriggers/Redis/Operations", $"{PascalOf(name)}Request.cs")).Should().BeTrue();
    }

    private static string PascalOf(string name) =>
        string.Concat(name.Split('_').Select(static word => char.ToUpperInvariant(word[0]) + word[1..]));

    private static string RoomOf(string file) =>
        Path.GetDirectoryName(Path.GetRelativePath(Path.Combine(Checkout.Root, "src/EventTriggers"), file))!;

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Checkout.Root, folder), "*.cs", SearchOption.AllDirectories)
        .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal));

    [GeneratedRegex(@"\bStackExchange\.Redis\b")]
    private static partial Regex Client();

    [GeneratedRegex(@"\bScript\.[A-Z]")]
    private static partial Regex ScriptName();
}
