using System.Text.Json;
using EventTriggers.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Triggers;

/// <summary>
/// Every field of a trigger's hash, of every kind and in every status, holds every kind of wrong value once; and the key something else
/// than a hash. Whatever becomes of that trigger: the others fire when they are due, once, and are found, queried, steered and repaired as
/// if it were not there.
/// </summary>
public sealed class HostileTriggerTests(RedisFixture redis)
{
    private static readonly string[] Fields =
    [
        "kind", "status", "type", "data", "data:2", "due", "times", "until", "every", "start", "cron", "zone", "jitter", "misfire",
        "except", "slot", "resumed", "missed",
        "error", "tags", "added", "fired", "last", "spec", "timing", "version",
    ];

    private static readonly Dictionary<string, Func<int, Trigger>> Kinds = new(StringComparer.Ordinal)
    {
        ["at"] = static n => Trigger.After(TimeSpan.FromSeconds(30)).Publish(new Reminder(n)),
        ["every"] = static n => Trigger.Every(TimeSpan.FromSeconds(30)).MaxFirings(3).Publish(new Reminder(n)),
        ["cron"] = static n => Trigger.Cron("*/30 * * * * *").Until(Clock.At2030().GetUtcNow().AddDays(2)).OnMisfire(Misfire.FireAll(5))
            .Publish(new Reminder(n)),
        ["on"] = static n => Trigger.On("never.published").Until(Clock.At2030().GetUtcNow().AddSeconds(30)).Publish(new Reminder(n)),
    };

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var kind in Kinds.Keys)
            {
                foreach (var status in (string[])["active", "late", "paused", "resumed", "moved", "canceled", "completed"])
                {
                    cases.Add(kind, status);
                }
            }

            return cases;
        }
    }

    [Theory]
    [Trait("Fault", "113")]
    [MemberData(nameof(Cases))]
    public async Task ATriggerThatCannotBeRead_IsNobodyElsesTrouble(string kind, string status)
    {
        var troubles = new List<string>();
        var cases = Fields.SelectMany(static field => HostileValues.Names.Select(value => (Field: field, Value: value)))
            .Append(("", HostileValues.OtherKey)).Chunk(120);
        foreach (var some in cases)
        {
            // Several at a time, among others: what stops a batch is seen at each of them.
            await TryAsync(kind, status, some, troubles);
        }

        troubles.Should().BeEmpty();
    }

    // What is told is told by name, in the record and in the log.
    [Fact]
    public async Task Advance_OfATriggerThatCannotBeRead_TellsItAndFiresItWhenItIsMended()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.reminder");
        var id = await host.Triggers.AddAsync(Kinds["at"](1));
        var key = $"{{{host.Prefix}:0}}:trigger:{id}";
        await redis.Database.HashSetAsync(key, "fired", "soon");
        clock.Advance(TimeSpan.FromMinutes(1));

        await consumer.AdvanceAsync();
        var told = (await host.Triggers.FindAsync(id))!;
        await redis.Database.HashDeleteAsync(key, "fired");
        clock.Advance(TimeSpan.FromMinutes(1));
        await consumer.AdvanceAsync();
        var fired = (await host.Triggers.FindAsync(id))!;

        told.Error.Should().Be("Field 'fired' holds 'soon', which cannot be read.");
        told.Unreadable.Should().Be("Field 'fired' holds 'soon', which is not a whole number.");
        (fired.Status, fired.FiringCount, fired.Error, fired.Unreadable).Should().Be((TriggerStatus.Completed, 1, null, null));
        (await consumer.ClaimAsync()).Should().ContainSingle();
    }

    [Theory]
    [InlineData("fired")]
    [InlineData("times")]
    [InlineData("until")]
    public async Task FireNow_OfATriggerThatCannotBeRead_IsRefusedByName(string field)
    {
        await using var host = TestHost.Create(redis);
        var id = await host.Triggers.AddAsync(Kinds["every"](1));
        await redis.Database.HashSetAsync($"{{{host.Prefix}:0}}:trigger:{id}", field, "soon");

        var fire = async () => await host.Triggers.FireNowAsync(id);

        await fire.Should().ThrowAsync<InvalidOperationException>().WithMessage($"*'{field}'*cannot be read*nothing was changed*");
    }

    [Fact]
    [Trait("Fault", "113")]
    public async Task History_WithEntriesThatCannotBeRead_TellsThemAndReadsTheOthers()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var id = await host.Triggers.AddAsync(Kinds["every"](1));
        clock.Advance(TimeSpan.FromSeconds(30));
        await new ManualConsumer(host, time: clock).AdvanceAsync();
        RedisValue[] garbage =
        [
            .. HostileValues.Names.Select(HostileValues.Of), "1 2", "1 2 3 4", "1 2 a b", "x 2 id", "1 x id", "1 2 ", "1  id",
            "99999999999999999999 1 id", "1 1.5 id", "1 2 i\nd", "1 2 \u001b[31m",
            "1 2 " + new string('a', 300),
        ];
        foreach (var some in garbage.Chunk(15))
        {
            await redis.Database.ListLeftPushAsync($"{{{host.Prefix}:0}}:history:{id}", some);

            var history = await host.Triggers.HistoryAsync(id);

            history.Take(some.Length)
                .Should()
                .OnlyContain(
                    static one => one.Unreadable!.StartsWith("An entry of its history is '")
                        && one.Unreadable.Length < 400
                        && one.EventId.Length == 0);
            history[some.Length].Should()
                .BeEquivalentTo(new { DueAt = clock.GetUtcNow(), FiredAt = clock.GetUtcNow(), Unreadable = (string?)null });
            JsonSerializer.Serialize(history).Should().Contain("Unreadable");
            await redis.Database.ListTrimAsync($"{{{host.Prefix}:0}}:history:{id}", some.Length, -1);
        }
    }

    [Fact]
    public async Task History_OfTimesBeyondWhatCanBeHeld_ReadsTheNearest()
    {
        await using var host = TestHost.Create(redis);
        await redis.Database.ListLeftPushAsync(
            $"{{{host.Prefix}:0}}:history:t", FormattableString.Invariant($"{long.MinValue} {long.MaxValue} t/@1"));

        var history = await host.Triggers.HistoryAsync("t");

        history.Should().ContainSingle().Which.Lateness.Should().BeGreaterThan(TimeSpan.FromDays(3_000_000));
    }

    [Fact]
    public async Task History_WhoseKeyHoldsSomethingElse_SaysSo()
    {
        await using var host = TestHost.Create(redis);
        foreach (var type in (string[])["string", "hash", "set", "zset"])
        {
            await HostileKeys.WriteAsync(redis.Database, $"{{{host.Prefix}:0}}:history:t", type);

            (await host.Triggers.HistoryAsync("t")).Should().ContainSingle().Which.Unreadable.Should()
                .Be("Its key holds something else than a list.");
        }
    }

    // However much somebody has written.
    [Fact]
    public async Task History_OfMoreThanIsKept_ReadsTheLastTwenty()
    {
        await using var host = TestHost.Create(redis);
        await redis.Database.ListLeftPushAsync($"{{{host.Prefix}:0}}:history:t", [.. Enumerable.Repeat((RedisValue)"1 2 t/@1", 5000)]);

        (await host.Triggers.HistoryAsync("t")).Should().HaveCount(20);
    }

    private async Task TryAsync(string kind, string status, (string Field, string Value)[] cases, List<string> troubles)
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var scene = new Scene(host, new ManualConsumer(host, time: clock), clock);
        await scene.PrepareAsync(Kinds[kind], status, cases.Length);
        for (var i = 0; i < cases.Length; i++)
        {
            await HostileValues.WriteAsync(redis.Database, $"{{{host.Prefix}:0}}:trigger:{scene.Bad[i]}", cases[i].Field, cases[i].Value);
        }

        try
        {
            await scene.PlayAsync(kind, status);
        }
        catch (Exception e)
        {
            var where = e.StackTrace!.Split('\n').FirstOrDefault(static line => line.Contains("Scene", StringComparison.Ordinal));
            troubles.Add(
                $"{string.Join(", ", cases.Select(static one => one.Field).Distinct())}: {e.GetType().Name} {Excerpt.Of(e.Message, 300)} "
                + $"{where}");
        }
    }

    private sealed class Scene(TestHost host, ManualConsumer consumer, FakeTimeProvider clock)
    {
        private readonly List<string> _good = [];

        public List<string> Bad { get; } = [];

        public async Task PrepareAsync(Func<int, Trigger> make, string status, int bad)
        {
            await consumer.SubscribeAsync("order.reminder");
            for (var i = 0; i < bad; i++)
            {
                Bad.Add(await host.Triggers.AddAsync(make(i)));
                if (i % 20 == 0)
                {
                    _good.Add(await host.Triggers.AddAsync(make(1000 + i)));
                }
            }

            foreach (var id in (IEnumerable<string>)[.. Bad, .. _good])
            {
                await BringToAsync(id, status);
            }

            if (status is "completed")
            {
                clock.Advance(TimeSpan.FromDays(3));
                await AdvanceAsync();
            }
        }

        private async Task BringToAsync(string id, string status)
        {
            if (status is "paused" or "resumed")
            {
                await host.Triggers.PauseAsync(id);
            }

            if (status is "moved" && (await host.Triggers.FindAsync(id))!.DueAt is not null)
            {
                await host.Triggers.RescheduleAsync(id, clock.GetUtcNow().AddSeconds(45));
            }

            if (status is "canceled")
            {
                await host.Triggers.CancelAsync(id);
            }
        }

        // The good ones fire as far as their status lets them; everything else is asked for on the way.
        public async Task PlayAsync(string kind, string status)
        {
            await LookAsync();
            clock.Advance(status is "late" or "resumed" ? TimeSpan.FromMinutes(10) : TimeSpan.FromMinutes(1));
            if (status is "resumed")
            {
                await AllAsync(Bad, id => host.Triggers.ResumeAsync(id).AsTask());
                foreach (var id in _good)
                {
                    (await host.Triggers.ResumeAsync(id)).Should().Be(ChangeOutcome.Done);
                }
            }

            await AdvanceAsync();
            await consumer.RepairAsync();
            await AdvanceAsync();
            await LookAsync();
            var live = status is "active" or "late" or "moved" or "resumed";
            foreach (var id in _good)
            {
                var good = (await host.Triggers.FindAsync(id))!;
                (good.Unreadable, good.Error).Should().Be((null, null));
                if (live && kind != "on")
                {
                    // Of an interval nothing is fired for a pause.
                    good.FiringCount.Should()
                        .BeGreaterThanOrEqualTo(kind == "every" && status == "resumed" ? 0 : 1, "{0} is not in the way of the others", id);
                }
                else if (live)
                {
                    good.Status.Should().Be(TriggerStatus.Completed);
                }
            }

            await SteerAsync();
            clock.Advance(TimeSpan.FromDays(5));
            await AdvanceAsync();
            await consumer.SweepAsync();
            await LookAsync();
        }

        private async Task SteerAsync()
        {
            await AllAsync(Bad, id => host.Triggers.FireNowAsync(id).AsTask());
            await AllAsync(Bad, id => host.Triggers.PauseAsync(id).AsTask());
            await AllAsync(Bad, id => host.Triggers.ResumeAsync(id).AsTask());
            await AllAsync(Bad, id => host.Triggers.HistoryAsync(id).AsTask());
            await AllAsync(
                Bad.Where((_, i) => i % 3 == 0), id => host.Triggers.RescheduleAsync(id, clock.GetUtcNow().AddMinutes(1)).AsTask());
            await AllAsync(Bad.Where((_, i) => i % 3 == 1), id => host.Triggers.UpdateAsync(id, Kinds["every"](1)).AsTask());
            await AllAsync(Bad.Where((_, i) => i % 3 == 2), id => host.Triggers.CancelAsync(id).AsTask());
        }

        // A trigger that is due for ever would spin: each round has an end.
        private async Task AdvanceAsync()
        {
            for (var round = 0; round < 200; round++)
            {
                if (await consumer.AdvanceAsync() is var next && (next < 0 || next > clock.GetUtcNow().ToUnixTimeMilliseconds()))
                {
                    return;
                }
            }

            throw new TimeoutException("Triggers stay due.");
        }

        // One's own trouble may be told to who asks about it: as what it is, and not as a failure of Redis or of a script.
        private static async Task AllAsync(IEnumerable<string> ids, Func<string, Task> operate)
        {
            foreach (var id in ids)
            {
                try
                {
                    await operate(id);
                }
                catch (InvalidOperationException e)
                {
                    e.Message.Should().ContainAny("did not write", "something else", "waits for events");
                }
            }
        }

        private async Task LookAsync()
        {
            foreach (var id in Bad)
            {
                await host.Triggers.FindAsync(id);
            }

            var all = await host.Triggers.QueryAsync(new TriggerQuery()).Select(static one => one.Id).ToListAsync();
            var found = await Task.WhenAll(_good.Select(id => host.Triggers.FindAsync(id).AsTask()));
            found.OfType<TriggerRecord>().Select(static one => one.Id).Except(all).Should().BeEmpty("all of them are found");
            foreach (var one in Enum.GetValues<TriggerStatus>())
            {
                await host.Triggers.QueryAsync(new TriggerQuery { Status = one }).CountAsync();
            }
        }
    }
}
