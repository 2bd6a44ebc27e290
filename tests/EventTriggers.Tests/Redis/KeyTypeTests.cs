using System.Text.RegularExpressions;
using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Tests.Redis;

/// <summary>What repair.lua takes each key to hold is what docs/redis-keys.md says of it.</summary>
public sealed class KeyTypeTests(RedisFixture redis)
{
    private const string Root = "{et:0}";

    [Fact]
    public async Task EachKeyOfThePage_HasTheTypeThatRepairExpects()
    {
        var rows = Regex.Matches(
            await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "docs", "redis-keys.md")),
            @"^\| `T:(\S+?)` \| (hash|list|set|sorted set|string) \|", RegexOptions.Multiline);
        var script = Read("_prelude") + Read("_repair_foreign") + "\nreturn wanted_type(ARGV[1])";

        rows.Should().HaveCountGreaterThan(40);
        foreach (Match row in rows)
        {
            var name = Regex.Replace(row.Groups[1].Value, @"\{[^}]*\}", "x");
            var wanted = await redis.Database.ScriptEvaluateAsync(script, (RedisKey[])[Root], (RedisValue[])[$"{Root}:{name}"]);
            wanted.ToString().Should().Be(row.Groups[2].Value.Replace("sorted set", "zset", StringComparison.Ordinal), $"of T:{name}");
        }
    }

    private static string Read(string part)
    {
        using var reader = new StreamReader(typeof(Script).Assembly.GetManifestResourceStream($"{part}.lua")!);
        return reader.ReadToEnd();
    }
}
