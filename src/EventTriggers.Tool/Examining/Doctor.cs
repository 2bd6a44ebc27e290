using System.Globalization;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Examining;

/// <summary>Examines a bus and its servers, step by step.</summary>
internal static class Doctor
{
    private const int Pings = 5;

    private static readonly TimeSpan LargeClockOffset = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SlowAnswer = TimeSpan.FromMilliseconds(50);

    public static async IAsyncEnumerable<Check> ExamineAsync(BusCall call)
    {
        yield return await ConnectionAsync(call);
        yield return Clock(call.Bus.ClockOffset);
        if (call.Bus.Meta is not { } meta)
        {
            yield return new Check(
                "bus", Level.Error, $"There is no bus with the prefix '{call.Bus.Settings.Prefix}'.",
                "Say which one with --prefix. A bus begins with the first host, or the first event.");
            yield break;
        }

        yield return new Check(
            "bus", Level.Ok,
            $"Prefix '{call.Bus.Settings.Prefix}', {Words.Count(meta.Partitions, "partition", "partitions")}, schema {meta.Schema}");
        var servers = await call.Bus.Servers.ReadAsync(call.Token);
        foreach (var check in ServerChecks.Of(servers, call.Bus.Now))
        {
            yield return check;
        }

        foreach (var (id, text) in call.Bus.Warnings.All)
        {
            yield return new Check(
                "log", Level.Warning, text, string.Create(CultureInfo.InvariantCulture, $"docs/logs.md says what to do about event {id}."));
        }

        if (servers.All(static server => server.Failure is not null))
        {
            yield break;
        }

        yield return await EventMemory.MeasureAsync(call);
        await foreach (var check in StuckChecks.ExamineAsync(call))
        {
            yield return check;
        }
    }

    private static async Task<Check> ConnectionAsync(BusCall call)
    {
        List<TimeSpan> times = [];
        for (var ping = 0; ping < Pings; ping++)
        {
            times.Add(await call.Bus.Connection.GetDatabase().PingAsync().WaitAsync(call.Token));
        }

        var median = times.Order().ElementAt(Pings / 2);
        var (address, tls) = (call.Bus.Settings.Address, call.Bus.Settings.Server.Ssl ? ", with TLS" : string.Empty);
        var text = string.Create(CultureInfo.InvariantCulture, $"{address} answers in {median.TotalMilliseconds:0.0} ms{tls}");
        return median > SlowAnswer
            ? new Check("connection", Level.Notice, text, "Hosts should be near the server: each claim and settle is a round trip.")
            : new Check("connection", Level.Ok, text);
    }

    private static Check Clock(TimeSpan offset) => offset.Duration() > LargeClockOffset
        ? new Check(
            "clock", Level.Warning,
            $"The clock of this machine is {Words.Length(offset)} {(offset > TimeSpan.Zero ? "behind" : "ahead of")} the clock of Redis.",
            "Redis decides what is due. Set the clock that is wrong.")
        : new Check("clock", Level.Ok, $"This machine and Redis differ by {Words.Length(offset)}");
}
