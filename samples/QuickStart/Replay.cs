using System.Diagnostics;
using System.Text;
using System.Text.Json;
using EventTriggers;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace QuickStart;

internal sealed record FollowUp(string Of);

/// <summary>
/// Publishes every line of a file, handles each type, lets triggers wait for some of them, and checks that nothing is missing.
/// </summary>
internal static class Replay
{
    // Each waits for events of a type whose payload matches a pattern, and raises one that takes values from it.
    private static readonly (string Type, string Pattern, string Template)[] Watched =
    [
        ("github.issues.opened", """{"issue":{"labels":{"name":["bug"]},"number":[{"numeric":["<",100]}]}}""",
            """{"of":"$.issue.title"}"""),
        ("github.push", """{"ref":[{"prefix":"refs/tags/"}],"$or":[{"deleted":[true]},{"created":[true]}]}""", """{"of":"$.ref"}"""),
        ("github.star.created", """{"sender":{"login":[{"equals-ignore-case":"CODERTOCAT"}]}}""", """{"of":"$.repository.full_name"}"""),
    ];

    /// <summary>Reads a file of JSON lines, each <c>{"type": …, "payload": …}</c>.</summary>
    public static List<(string Type, byte[] Payload)> Read(string file)
    {
        var lines = File.ReadLines(file).Select(Parse).ToList();
        return lines.Count > 0 ? lines : throw new FormatException($"{file} is empty.");
    }

    public static async Task<int> RunAsync(
        IConnectionMultiplexer connection, List<(string Type, byte[] Payload)> lines, CancellationToken stop)
    {
        var published = lines.CountBy(line => line.Type).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToList();
        var handled = new Tally();

        var services = new ServiceCollection();
        services.AddSingleton(connection);
        var builder = services.AddRedisTriggers(options => options.KeyPrefix = $"replay-{Guid.NewGuid():N}"[..20]);
        builder.AddEvent<FollowUp>("follow-up").AddHandler<FollowUp>(Count);
        foreach (var (type, _) in published)
        {
            builder.AddHandler<JsonElement>(Count, type);
        }

        await using var provider = services.BuildServiceProvider();
        var bus = provider.GetRequiredService<IEventBus>();
        var triggers = provider.GetRequiredService<ITriggerStore>();
        using var consuming = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var loop = provider.GetRequiredService<IConsumerLoop>().RunAsync(consuming.Token);
        foreach (var (type, pattern, template) in Watched)
        {
            await triggers.AddAsync(
                Trigger.On(type).Matching(pattern).WithId($"on-{type}").Publish(new EventTemplate("follow-up", template)), stop);
        }

        var clock = Stopwatch.StartNew();
        var raised = lines.Where(Matches).CountBy(static line => line.Type).ToDictionary();
        try
        {
            await Task.WhenAll(lines.Select(line => bus.PublishRawAsync(line.Type, line.Payload, cancellationToken: stop).AsTask()));
            await handled.ReachAsync(lines.Count + raised.Values.Sum(), stop);
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("Stopped before everything was handled.");
        }

        clock.Stop();
        await consuming.CancelAsync();
        await loop;
        return Print(published, raised, handled, clock.Elapsed) ? 0 : 1;

        ValueTask Count<TEvent>(EventContext<TEvent> context, CancellationToken cancellationToken)
        {
            handled.Add(context);
            return default;
        }
    }

    // What the triggers should do: patterns can be tried without a server, too.
    private static bool Matches((string Type, byte[] Payload) line) =>
        Array.Exists(Watched, watched => watched.Type == line.Type && EventPattern.Parse(watched.Pattern).IsMatch(line.Payload));

    private static bool Print(List<KeyValuePair<string, int>> published, Dictionary<string, int> expected, Tally handled, TimeSpan elapsed)
    {
        Console.WriteLine($"\n{"type",-58} {"published",9} {"handled",8} {"raised",7}");
        var (complete, totals) = (true, (Published: 0, Handled: 0, Raised: 0));
        foreach (var (type, count) in published)
        {
            var done = handled.Count(e => e.Type == type);
            var raised = handled.Count(e => e.Source == type);
            complete &= done == count && raised == expected.GetValueOrDefault(type);
            totals = (totals.Published + count, totals.Handled + done, totals.Raised + raised);
            Console.WriteLine($"{type,-58} {count,9} {done,8} {(raised > 0 ? raised : ""),7}");
        }

        Console.WriteLine($"{"total",-58} {totals.Published,9} {totals.Handled,8} {totals.Raised,7}");
        Console.WriteLine($"\n{(complete ? "Complete" : "SOMETHING IS MISSING")}, in {elapsed.TotalMilliseconds:0} ms.");
        return complete;
    }

    private static (string Type, byte[] Payload) Parse(string line, int index)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return (document.RootElement.GetProperty("type").GetString()!,
                Encoding.UTF8.GetBytes(document.RootElement.GetProperty("payload").GetRawText()));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new FormatException($$"""Line {{index + 1}} is no {"type": …, "payload": …}: {{e.Message}}""");
        }
    }
}
