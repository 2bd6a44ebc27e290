using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Tests.Triggers.Conditions;

/// <summary>
/// 329 real deliveries and 200 patterns over what is in them; what each should match is counted by the independent reading.
/// </summary>
public sealed class RealDeliveriesTests(RedisFixture redis)
{
    private const string Type = "github.delivery";

    [Fact]
    public async Task EachPattern_FiresForTheDeliveriesThatItMatches()
    {
        var deliveries = Webhooks.Read();
        var patterns = PatternsOver(deliveries).Take(200).ToArray();
        var expected = patterns.Select(
            pattern => deliveries.Count(delivery => Naive.IsMatch(pattern, Encoding.UTF8.GetString(delivery.Payload))))
            .ToArray();
        var fired = new ConcurrentDictionary<int, ConcurrentBag<string>>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<Reminder>((context, _) =>
        {
            fired.GetOrAdd(context.Event.Number, static _ => []).Add(context.Firing!.Sources[0].Id);
            return default;
        }));
        await Task.WhenAll(
            patterns.Select((pattern, n) => host.Triggers.AddAsync(Trigger.On(Type).Matching(pattern).Publish(new Reminder(n))).AsTask()));

        host.Start();
        await Task.WhenAll(deliveries.Select(delivery => host.Bus.PublishRawAsync(Type, delivery.Payload).AsTask()));
        await Wait.UntilAsync(() => fired.Values.Sum(static ids => ids.Count) >= expected.Sum(), "all have fired");
        await Wait.UntilAsync(
            async () => await host.Events.CountAsync(TriggerMatcher.Group) is { Ready: 0, Leased: 0 }
                && await host.Events.CountAsync() is { Ready: 0, Leased: 0 }, "nothing is left");

        patterns.Should().HaveCount(200);
        expected.Count(static count => count > 0).Should().BeGreaterThan(150, "most patterns are about what is there");
        Enumerable.Range(0, patterns.Length).Select(n => fired.TryGetValue(n, out var ids) ? ids.Distinct().Count() : 0).Should()
            .Equal(expected);
        fired.Values.Should().OnlyContain(static ids => ids.Count == ids.Distinct().Count(), "each fires once for a delivery");
    }

    // Actions, labels, numbers, beginnings of refs and urls, what is there and what is not; each value as it occurs, and one that does not.
    private static IEnumerable<string> PatternsOver(IReadOnlyList<(string Type, byte[] Payload)> deliveries)
    {
        var documents = deliveries.Select(static delivery => JsonDocument.Parse(delivery.Payload).RootElement).ToArray();
        IEnumerable<string> Values(string path) =>
            documents.SelectMany(document => At(document, path.Split('.'))).Select(static value => value.GetRawText()).Distinct();
        IEnumerable<string> Over(string path, string pattern, Func<string, string>? change = null) =>
            Values(path).Where(static value => value.Length > 4 || char.IsAsciiDigit(value[0]))
                .Select(value => pattern.Replace("@", change is null ? value : change(value), StringComparison.Ordinal));
        var families = new[]
        {
            Over("action", """{"action":[@]}"""),
            Over("issue.labels.name", """{"issue":{"labels":{"name":[@,"none"]}}}"""),
            Over("sender.login", """{"sender":{"login":[{"equals-ignore-case":@}]}}""", static value => value.ToUpperInvariant()),
            Over("repository.id", """{"repository":{"id":[{"numeric":[">=",@]}],"private":[false]}}"""),
            Over("ref", """{"ref":[{"prefix":@}]}""", static value => $"{value[..^3]}\""),
            Over("issue.number", """{"issue":{"number":[@],"state":["open"]}}"""),
            Over("repository.full_name", """{"repository":{"full_name":[{"suffix":@}]}}""", static value => $"\"{value[4..]}"),
            Over("organization.login", """{"organization":{"login":[{"anything-but":@}]}}"""),
            Over("action", """{"action":[@],"organization":{"id":[{"exists":false}]}}"""),
            Over("repository.url", """{"repository":{"url":[{"wildcard":@}]}}""", static value => $"\"*{value[^12..^2]}*\""),
            Over("repository.created_at", """{"$or":[{"repository":{"created_at":[@]}},{"issue":{"comments":[{"numeric":[">",0]}]}}]}"""),
            Over("sender.id", """{"sender":{"id":[@],"site_admin":[{"exists":true}],"type":["User","Bot"]}}"""),
        };
        for (var n = 0; families.Any(family => family.Skip(n).Any()); n++)
        {
            foreach (var family in families)
            {
                if (family.Skip(n).FirstOrDefault() is { } pattern)
                {
                    yield return pattern;
                }
            }
        }
    }

    private static IEnumerable<JsonElement> At(JsonElement element, ReadOnlyMemory<string> path) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().SelectMany(inner => At(inner, path)),
        JsonValueKind.Object when path.Length > 0 => element.TryGetProperty(path.Span[0], out var inner) ? At(inner, path[1..]) : [],
        JsonValueKind.String or JsonValueKind.Number when path.Length == 0 => [element],
        _ => [],
    };
}
