using System.Text;
using EventTriggers.Redis.Operations;
using EventTriggers.Tests;
using EventTriggers.Triggers.Matching;
using EventTriggers.Worker;

namespace EventTriggers.Faults;

/// <summary>
/// A process is killed at each protocol step: when its request has left and not arrived, and when the server has run it and the reply has
/// not arrived. Another process goes on, and everything happens as often as it must.
/// </summary>
public sealed class KillTests(RedisFixture redis, ITestOutputHelper output)
{
    // Starting a process takes a core for a while.
    private const int HostsPerProcess = 25;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    public static TheoryData<bool> Before => [true, false];

    // Whoever published tries again under the same id.
    [Theory]
    [Trait("Fault", "23")]
    [Trait("Fault", "24")]
    [MemberData(nameof(Before))]
    public Task Publish(bool before) => RunAsync(before, async round =>
    {
        var id = NewId();
        await round.KillAtAsync(id, $"do=publish", $"id={id}");

        (await round.Host.Events.FindAsync(id) is null).Should().Be(before);
        await round.Host.Bus.PublishAsync(new Job(0), new PublishOptions { Id = id });
        round.Host.Start();

        await round.SettledAsync(1);
        round.Handled.Should().Equal(id);
    });

    [Theory]
    [Trait("Fault", "1")]
    [Trait("Fault", "2")]
    [MemberData(nameof(Before))]
    public Task Claim(bool before) => RunAsync(before, async round =>
    {
        var id = await round.PublishAsync();
        await round.KillAtAsync(Script.Claim.Sha1);
        round.Host.Start();

        await round.SettledAsync(1);
        round.Handled.Should().Equal(id);
        var delivery = await round.DeliveryAsync(id);
        (delivery.Attempt, delivery.Crashes).Should().Be(before ? (1, 0) : (2, 1));
    });

    // What was recorded is never run again; what was not is run once more, and the attempt tells.
    [Theory]
    [Trait("Fault", "4")]
    [Trait("Fault", "5")]
    [MemberData(nameof(Before))]
    public Task Settle(bool before) => RunAsync(before, async round =>
    {
        var id = await round.PublishAsync();
        await round.KillAtAsync(Script.SettlePlain.Sha1);
        round.Host.Start();

        await round.SettledAsync(1);
        round.HandledByTheVictim.Should().Equal(id);
        round.Handled.Should().Equal(before ? [id] : []);
        var delivery = await round.DeliveryAsync(id);
        (delivery.Status, delivery.Attempt).Should().Be((DeliveryStatus.Processed, before ? 2 : 1));
    });

    // A failed delivery is to be tried again, in exactly one place.
    [Theory]
    [Trait("Fault", "7")]
    [MemberData(nameof(Before))]
    public Task SettleOfAFailure(bool before) => RunAsync(before, async round =>
    {
        var id = await round.PublishAsync("fail");
        await round.KillAtAsync(Script.Settle.Sha1);
        round.Host.Start();

        await round.SettledAsync(1);
        round.Handled.Should().Equal(id);
        var delivery = await round.DeliveryAsync(id);
        (delivery.Status, delivery.Attempt, delivery.Crashes).Should().Be((DeliveryStatus.Processed, 2, before ? 1 : 0));
    });

    [Theory]
    [Trait("Fault", "3")]
    [Trait("Fault", "27")]
    [MemberData(nameof(Before))]
    public Task Renew(bool before) => RunAsync(before, async round =>
    {
        var id = await round.PublishAsync();
        await round.KillAtAsync(Script.Renew.Sha1, "work=60000");
        round.Host.Start();

        await round.SettledAsync(1);
        round.Handled.Should().Equal(id);
        var delivery = await round.DeliveryAsync(id);
        (delivery.Attempt, delivery.Crashes).Should().Be((2, 1));
    });

    [Theory]
    [MemberData(nameof(Before))]
    public Task Reap(bool before) => RunAsync(before, async round =>
    {
        var id = await round.PublishAsync();
        await new ManualConsumer(round.Host).ClaimOneAsync();
        await redis.Database.SortedSetAddAsync($"{{{round.Host.Prefix}:0}}:leased:default", id, 1);
        await round.KillAtAsync(Script.Reap.Sha1);
        round.Host.Start();

        await round.SettledAsync(1);
        round.Handled.Should().Equal(id);
        (await round.DeliveryAsync(id)).Crashes.Should().Be(1, "one crash is counted once");
    });

    [Theory]
    [Trait("Fault", "6")]
    [MemberData(nameof(Before))]
    public Task Fire(bool before) => RunAsync(before, async round =>
    {
        var id = await round.Host.Triggers.AddAsync(Trigger.At(DateTimeOffset.UnixEpoch).Publish(new Job(0)));
        await round.KillAtAsync(Script.FireDue.Sha1);

        (await round.Host.Triggers.FindAsync(id))!.FiringCount.Should().Be(before ? 0 : 1);
        round.Host.Start();
        await round.SettledAsync(1);
        round.Handled.Should().ContainSingle().Which.Should().StartWith($"{id}/");
        (await round.Host.Triggers.FindAsync(id))!.FiringCount.Should().Be(1);
    });

    // An event is matched, and what it matched has fired or not, when the process dies.
    [Theory]
    [Trait("Fault", "92")]
    [MemberData(nameof(Before))]
    public Task Match(bool before) => RunAsync(before, async round =>
    {
        var id = await round.Host.Triggers.AddAsync(Trigger.On("fence").Matching("""{"n":[1]}""").Publish(new Job(0)));
        await round.Host.Bus.PublishRawAsync("fence", """{"n":1}"""u8.ToArray());
        await round.KillAtAsync(Script.FireMatches.Sha1);

        (await round.Host.Triggers.FindAsync(id))!.FiringCount.Should().Be(before ? 0 : 1);
        round.Host.Start();
        await round.FiredOnceAsync(id);
    });

    [Theory]
    [MemberData(nameof(Before))]
    public Task Count(bool before) => RunAsync(before, async round =>
    {
        var id = await round.Host.Triggers.AddAsync(Trigger.On("fence").Count(3).Within(TimeSpan.FromHours(1)).Publish(new Job(0)));
        await Task.WhenAll(
            Enumerable.Range(0, 5).Select(n => round.Host.Bus.PublishRawAsync("fence", Encoding.UTF8.GetBytes($"{n}")).AsTask()));
        await round.KillAtAsync(Script.Observe.Sha1);

        round.Host.Start();
        await round.FiredOnceAsync(id);
    });

    [Theory]
    [MemberData(nameof(Before))]
    public Task Absence(bool before) => RunAsync(before, async round =>
    {
        var id = await round.Host.Triggers.AddAsync(
            Trigger.On("fence").NotFollowedBy("never").Within(TimeSpan.FromMilliseconds(1)).Publish(new Job(0)));
        await round.Host.Bus.PublishRawAsync("fence", "1"u8.ToArray());
        await round.KillAtAsync(Script.FireWaiting.Sha1);

        // The script may have found that the event itself is not settled yet, and have put it off.
        (await round.Host.Triggers.FindAsync(id))!.FiringCount.Should().BeLessThanOrEqualTo(before ? 0 : 1);
        round.Host.Start();
        await round.FiredOnceAsync(id);
    });

    [Theory]
    [Trait("Fault", "88")]
    [MemberData(nameof(Before))]
    public Task Reschedule(bool before) => RunAsync(before, async round =>
    {
        var id = await round.Host.Triggers.AddAsync(Trigger.After(TimeSpan.FromHours(1)).Publish(new Job(0)));
        await round.KillAtAsync(id, "do=reschedule", $"id={id}");

        ((await round.Host.Triggers.FindAsync(id))!.DueAt == DateTimeOffset.UnixEpoch).Should().Be(!before);
        await round.Host.Triggers.RescheduleAsync(id, DateTimeOffset.UnixEpoch);
        round.Host.Start();
        await round.SettledAsync(1);
        round.Handled.Should().ContainSingle().Which.Should().Be($"{id}/@0");
    });

    [Theory]
    [Trait("Fault", "87")]
    [MemberData(nameof(Before))]
    public Task Cancel(bool before) => RunAsync(before, async round =>
    {
        var id = await round.Host.Triggers.AddAsync(Trigger.After(TimeSpan.FromHours(1)).Publish(new Job(0)));
        await round.KillAtAsync(id, "do=cancel", $"id={id}");

        (await round.Host.Triggers.FindAsync(id))!.Status.Should().Be(before ? TriggerStatus.Active : TriggerStatus.Canceled);
        (await round.Host.Triggers.CancelAsync(id)).Should().Be(CancelOutcome.Canceled);
        (await round.Host.Triggers.RescheduleAsync(id, DateTimeOffset.UnixEpoch)).Should().Be(ChangeOutcome.Ended);
        (await round.Host.Triggers.FireNowAsync(id)).Should().Be(ChangeOutcome.Ended);
    });

    private static string NewId() => $"e{Guid.NewGuid():N}";

    private async Task RunAsync(bool before, Func<Round, Task> round)
    {
        redis.SkipInACluster();
        await LoadScriptsAsync();
        var started = TimeProvider.System.GetTimestamp();
        foreach (var rounds in Enumerable.Range(0, Rounds.Count).Chunk(HostsPerProcess))
        {
            await using var victims = new Victims(rounds.Length);
            await Task.WhenAll(rounds.Select(async _ =>
            {
                await using var one = new Round(redis, victims, before);
                await round(one);
            }));
        }

        output.WriteLine($"killed {(before ? "before" : "after")}: {Rounds.Count} rounds, lost 0, run again after a confirmed settle 0, "
            + $"in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s");
    }

    // So that the first call by hash is the call, and not the question whether the server knows the script.
    private async Task LoadScriptsAsync()
    {
        foreach (var script in (Script[])[Script.Publish, Script.Claim, Script.SettlePlain, Script.Settle, Script.Renew, Script.Reap,
            Script.FireDue, Script.CancelTrigger, Script.RescheduleTrigger, Script.SubscriptionChanges, Script.FireMatches,
            Script.Observe, Script.FireWaiting])
        {
            await redis.Database.ExecuteAsync("SCRIPT", "LOAD", script.Text);
        }
    }

    /// <summary>
    /// Hosts in one process, which starts when all are told, and is killed when each of them is in the middle of its call.
    /// </summary>
    private sealed class Victims(int count) : IAsyncDisposable
    {
        private readonly List<(string[] Arguments, Task Struck)> _hosts = [];
        private readonly TaskCompletionSource<Task> _killed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private WorkerProcess? _process;

        /// <returns>What the host has written until then.</returns>
        public async Task<IReadOnlyList<WorkerProcess.Entry>> KillAsync(string[] arguments, Task struck)
        {
            int host;
            lock (_hosts)
            {
                host = _hosts.Count;
                _hosts.Add((arguments, struck));
                if (_hosts.Count == count)
                {
                    _killed.SetResult(KillAllAsync());
                }
            }

            await await Wait.ForAsync(_killed.Task);
            return _process!.HistoryOf(host);
        }

        public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? default;

        private async Task KillAllAsync()
        {
            _process = new WorkerProcess([.. _hosts.Select(static host => host.Arguments)]);
            await Wait.UntilAsync(() => _process.HasExited || _hosts.All(static host => host.Struck.IsCompleted), "each makes its call");
            _hosts.Should()
                .OnlyContain(
                    static host => host.Struck.IsCompleted, $"the victims run until they make their calls, but said: {_process.Errors}");
            await _process.KillAsync();
            await _process.EndedAsync();
        }
    }

    /// <summary>A host behind a proxy that is killed, and one that goes on.</summary>
    private sealed class Round(RedisFixture redis, Victims victims, bool before) : IAsyncDisposable
    {
        private readonly FaultProxy _proxy = new(redis.Server.ConnectionString);
        private readonly Queue<string> _handled = new();
        private IReadOnlyList<WorkerProcess.Entry> _history = [];

        public TestHost Host => field ??= TestHost.Create(
            redis,
            build => build.AddHandler<Job>((context, _) =>
            {
                lock (_handled)
                {
                    _handled.Enqueue(context.Id);
                }

                return default;
            }),
            options =>
            {
                (options.LeaseDuration, options.RenewalInterval) = (Lease, Lease / 4);
                options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromMilliseconds(500);
            });

        /// <summary>Gets what the host handled.</summary>
        public IReadOnlyList<string> Handled
        {
            get
            {
                lock (_handled)
                {
                    return [.. _handled];
                }
            }
        }

        public IReadOnlyList<string> HandledByTheVictim => [.. _history.Where(entry => entry.What == "handled").Select(entry => entry.Id)];

        public async Task<string> PublishAsync(string? fate = null)
        {
            await new ManualConsumer(Host).SubscribeAsync("test.job");
            return (await Host.Bus.PublishAsync(new Job(0, fate))).Id;
        }

        /// <summary>Starts the victim, and kills it in the middle of the call that holds the bytes.</summary>
        public async Task KillAtAsync(string bytes, params string[] settings)
        {
            var struck = _proxy.ArmAsync(before ? Fault.HoldRequest : Fault.HoldReply, Encoding.UTF8.GetBytes(bytes));
            _history = await victims.KillAsync(
                WorkerProcess.ArgumentsOf(
                    redis.HostThrough(_proxy.ConnectionString), Host.Prefix, [$"lease={Lease.TotalMilliseconds}", .. settings]), struck);
        }

        public async Task<DeliveryRecord> DeliveryAsync(string id) => (await Host.Events.FindAsync(id))!.Deliveries[0];

        public Task SettledAsync(int processed) => Wait.UntilAsync(
            async () => await Host.Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0 } counts
                && counts.Processed == processed, "everything is settled");

        /// <summary>Waits until what triggers match is matched, and what one of them raised is handled: once.</summary>
        public async Task FiredOnceAsync(string id)
        {
            await Wait.UntilAsync(
                async () => await Host.Events.CountAsync(TriggerMatcher.Group) is { Ready: 0, Leased: 0, Delayed: 0 }, "all is matched");
            await Wait.UntilAsync(async () => (await Host.Triggers.FindAsync(id))!.FiringCount > 0, "it has fired");
            await SettledAsync(1);
            Handled.Concat(HandledByTheVictim).Should().ContainSingle().Which.Should().StartWith($"{id}/");
            (await Host.Triggers.FindAsync(id))!.FiringCount.Should().Be(1);
        }

        public async ValueTask DisposeAsync()
        {
            await Host.DisposeAsync();
            await _proxy.DisposeAsync();
        }
    }
}
