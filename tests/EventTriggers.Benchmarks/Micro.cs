using System.Text.Json;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;
using EventTriggers.Consuming.Health;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventTriggers.Benchmarks;

/// <summary>
/// What one event costs this side of the connection: BenchmarkDotNet over dispatch, serialization, and the building of script arguments.
/// </summary>
[MemoryDiagnoser]
public class Micro
{
    internal const string Name = "handlers";

    private readonly Payload _payload = Payload.Of(0);
    private readonly byte[] _json = JsonSerializer.SerializeToUtf8Bytes(Payload.Of(0), JsonSerializerOptions.Web);
    private readonly RedisKeys _keys = new("bench", 0);
    private readonly ScriptCall _call = new();
    private readonly ServiceProvider _services;
    private readonly OutgoingEvents _events;
    private readonly IEventSerializer _serializer;
    private readonly HandlerInvoker _runner;
    private readonly GroupSettings _settings;
    private readonly DeliveryQueue _queue = new("default", 1);
    private readonly Partition _partition = new(0, new RedisKeys("bench", 0), string.Empty, 0);
    private readonly OutgoingEvent[] _batch;

    public Micro()
    {
        var options = new RedisTriggersOptions();
        var builder = new ServiceCollection();
        builder.AddRedisTriggers().AddHandler<Payload>(static (_, _) => ValueTask.CompletedTask);
        _services = builder.BuildServiceProvider();
        _events = _services.GetRequiredService<OutgoingEvents>();
        _serializer = _services.GetRequiredService<IEventSerializer>();
        var needs = new HandlerServices(
            _services.GetRequiredService<IServiceScopeFactory>(), _serializer, _services.GetRequiredService<EventTypes>(), _events, null!,
            TimeProvider.System, options,
            new StuckHandlers());
        _settings = GroupSettings.Of("default", options);
        var handlers = new HandlerTable(
            _settings, _services.GetServices<HandlerRegistration>(), [], _services.GetRequiredService<EventTypes>());
        _runner = new HandlerInvoker(handlers, needs, new OutcomePolicy(null, NullLogger.Instance), NullLogger.Instance);
        _batch = [.. Enumerable.Range(0, 100).Select(_ => _events.Create(_payload, options: null))];
    }

    internal static void Run() => BenchmarkRunner.Run<Micro>(
        DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)));

    /// <summary>From a claimed delivery to its outcome.</summary>
    [Benchmark]
    public async Task Dispatch()
    {
        await using var lease = new Lease(
            new Delivery { Group = "default", Id = "e", Fence = 1, Attempt = 1, Type = Payload.TypeName, Json = _json }, _partition, _queue,
            0);
        await _runner.RunAsync(lease, _settings);
    }

    /// <summary>From a payload to what is published.</summary>
    [Benchmark]
    public object Create() => _events.Create(_payload, options: null);

    [Benchmark]
    public object Deserialize() => _serializer.Deserialize<Payload>(_json);

    /// <summary>One call's keys and arguments.</summary>
    [Benchmark(OperationsPerInvoke = 100)]
    public int PublishArguments100()
    {
        _call.Clear();
        PublishArguments.AddKeys(_call, _keys, _batch);
        PublishArguments.AddEvents(_call, _batch);
        return _call.Keys.Length;
    }

    [GlobalCleanup]
    public void Cleanup() => _services.Dispose();
}
