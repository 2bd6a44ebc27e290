using System.CommandLine;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Output;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Commands;

internal static class PublishCommand
{
    public static Command Create(CommandSet set)
    {
        var type = new Argument<string>("type") { Description = "The wire name of the event." };
        var payload = new Argument<string>("payload") { Description = $"The payload: {PayloadSource.Help} (with --yes)." };
        var id = Options.Text("--id", "id", "The event's id: publishing it again changes nothing. Default: a new id.");
        var key = Options.Text("--key", "key", "The event's key: what it is about.");
        var unique = Options.Text("--unique", "name", "Publishes nothing while another event with this name waits or runs.");
        var priority = Options.Choice<Priority>("--priority", "How urgently it is handled. Default: normal.");
        var delay = Options.Length("--delay", "The event becomes ready after this time.");
        var due = Options.Moment("--due", "The event becomes ready at this moment.");
        var expires = Options.Length("--expires", "The event is not handled any more after this time.");
        var correlation = Options.Text("--correlation", "id", "The correlation id.");
        var headers = new Option<string[]>("--header")
        {
            HelpName = "name=value",
            Description = "A header; may be given several times.",
        };
        return set.Adds(
            new Command("publish", "Publishes an event.")
            {
                type, payload, id, key, unique, priority, delay, due, expires, correlation, headers,
            },
            call => RunAsync(call, call.Get(type)!, call.Get(payload)!, new PublishOptions
            {
                Id = call.Get(id),
                Key = call.Get(key),
                Unique = call.Get(unique) is { } name ? Unique.By(name) : null,
                Priority = call.Get(priority) ?? Priority.Normal,
                Delay = call.Get(delay),
                DueAt = call.Get(due)?.After(call.Bus.Now),
                ExpiresAfter = call.Get(expires),
                CorrelationId = call.Get(correlation),
                Headers = HeadersOf(call.Get(headers) ?? []),
            }));
    }

    private static async Task<int> RunAsync(BusCall call, string type, string given, PublishOptions options)
    {
        var payload = await PayloadSource.ReadAsync(call.Terminal, given, call.Token);
        await call.ConfirmAsync(
            $"Publish {type} ({Words.Bytes(payload.Length)}) to bus {call.Bus.Settings.Prefix} at {call.Bus.Settings.Address}?");
        var result = await call.Bus.Publisher.PublishRawAsync(type, payload, options, call.Token);
        await call.AuditAsync("publish event", result.Id, result.Outcome.ToString(), type);
        if (call.IsJson)
        {
            return call.Json(new PublishDocument { Id = result.Id, Outcome = result.Outcome }, ToolJson.Default.PublishDocument);
        }

        call.Screen.Line(result.Outcome switch
        {
            PublishOutcome.Repeated => $"An event with the id {result.Id} was accepted before: nothing was published.",
            PublishOutcome.Kept => $"The event {result.Id} holds the name: nothing was published.",
            _ => $"Published {result.Id}",
        });
        return ExitCode.Done;
    }

    private static Dictionary<string, string>? HeadersOf(string[] given)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var header in given)
        {
            var at = header.IndexOf('=', StringComparison.Ordinal);
            if (at < 1 || !headers.TryAdd(header[..at], header[(at + 1)..]))
            {
                throw new ToolException(ExitCode.Usage, $"--header must be name=value, each name once, but is '{header}'.");
            }
        }

        return headers.Count == 0 ? null : headers;
    }
}
