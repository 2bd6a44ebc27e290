using System.CommandLine;
using System.Text.Json;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Commands;

internal static class TailCommand
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(200);

    public static Command Create(CommandSet set)
    {
        var type = new Argument<string?>("type") 
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "Events with this wire name. Default: all.",
        };
        var matching = Options.Text("--matching", "pattern", "Events whose payload matches this event pattern.");
        var since = Options.Moment("--since", "Begins with events that were published then. Default: now.");
        var interval = Options.Length("--interval", "How often to look, at least 200ms. Default: 2s.");
        var count = Options.Number("--count", 1, int.MaxValue, "Ends after this many events. Default: with Ctrl+C.");
        return set.Reads(
            new Command(
                "tail",
                "Shows events as they are published, by reading the lists of the groups again and again. It takes no event from a group, "
                + "and leaves nothing behind. --json writes one document a line.")
            {
                type, matching, since, interval, count,
            },
            call => RunAsync(
                call,
                new EventTail(call, call.Get(type), PatternOf(call.Get(matching)), call.Get(since)?.Before(call.Bus.Now) ?? call.Bus.Now),
                IntervalOf(call.Get(interval) ?? DefaultInterval), call.Get(count) ?? int.MaxValue));
    }

    private static async Task<int> RunAsync(BusCall call, EventTail tail, TimeSpan interval, int count)
    {
        while (true)
        {
            foreach (var one in await tail.ReadAsync())
            {
                Write(call, one);
                if (--count == 0)
                {
                    return ExitCode.Done;
                }
            }

            if (tail.HasGap)
            {
                call.Terminal.Error.WriteLine("et: There are more events than are shown: some were left out.");
            }

            call.Terminal.Out.Flush();
            await Task.Delay(interval, call.Terminal.Time, call.Token);
        }
    }

    private static void Write(BusCall call, EventRecord one)
    {
        if (call.IsJson)
        {
            call.Terminal.Out.WriteLine(JsonSerializer.Serialize(one, LineJson.EventRecord));
            return;
        }

        call.Screen.Line(
            new Piece($"{Words.Moment(one.PublishedAt)} ", Style.Dim), new Piece(one.Type, Style.Bold), $" {one.Id} ",
            PayloadText.OneLine(one.Payload));
    }

    private static ToolJson LineJson { get; } = new(new JsonSerializerOptions(ToolJson.Default.Options) { WriteIndented = false });

    private static EventPattern? PatternOf(string? pattern) => pattern is null ? null : EventPattern.Parse(pattern);

    private static TimeSpan IntervalOf(TimeSpan interval) => interval >= ShortestInterval
        ? interval
        : throw new ToolException(ExitCode.Usage, $"--interval must be at least 200ms, but is {Words.Length(interval)}.");
}
