using System.Globalization;
using EventTriggers.Consuming.Execution;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Triggers.Matching;

/// <summary>Shows events to the triggers over time of one partition, those of many deliveries in a call.</summary>
internal sealed class ObserveBatcher : IAsyncDisposable
{
    private const int Senders = 2;

    private readonly Keyspace _keyspace;
    private readonly Partition _home;
    private readonly ScriptCall[] _calls = [.. Enumerable.Range(0, Senders).Select(static _ => new ScriptCall())];
    private readonly Coalescer<Pending> _coalescer;

    public ObserveBatcher(Keyspace keyspace, Partition home)
    {
        _keyspace = keyspace;
        _home = home;
        _coalescer = new Coalescer<Pending>(Senders, SendAsync);
    }

    /// <returns>What observe.lua answers.</returns>
    public Task<string> ShowAsync(KeyedEvent observation, MatchedEvent matched, RedisValue payload)
    {
        var pending = new Pending(observation, matched, payload);
        _coalescer.Add(pending);
        return pending.Word;
    }

    public ValueTask DisposeAsync() => _coalescer.DisposeAsync();

    private async ValueTask SendAsync(int sender, List<Pending> batch)
    {
        try
        {
            await SendAsync(_calls[sender], batch).ConfigureAwait(false);
        }
        catch (RedisServerException e) when (batch.Count > 1 && RedisFailures.Classify(e) == RedisFailure.Fatal)
        {
            // What is wrong with one of them fails no other.
            await Coalescer<Pending>.SendEachAsync(batch, alone => SendAsync(_calls[sender], alone)).ConfigureAwait(false);
        }
    }

    private async ValueTask SendAsync(ScriptCall call, List<Pending> batch)
    {
        call.Clear().Key(_home.Keys.Root).Key(_home.Keys.Triggers).Key(_home.Keys.EndedTriggers);
        call.Add(_keyspace.PinnedNow).Add(_home.ServerChannel).Add(_keyspace.DeduplicationMs).Add(_keyspace.ProcessedRetention).Add(_keyspace.Options.MostLiveKeys);
        batch.ForEach(pending => Add(call, pending));
        var words = await _keyspace.Scripts.RunForWordsAsync(Script.Observe, call.Keys, call.Arguments).ConfigureAwait(false);
        for (var i = 0; i < batch.Count; i++)
        {
            Complete(batch[i], words[i]);
        }
    }

    private void Complete(Pending pending, string word)
    {
        if (word == "again")
        {
            // The script had enough to do with those before it.
            _coalescer.Add(pending);
        }
        else
        {
            pending.Complete(word);
        }
    }

    private void Add(ScriptCall call, Pending pending)
    {
        var (one, matched) = (pending.Observation, pending.Matched);
        var (watch, keys) = (one.Trigger.Watch, _home.Keys);
        var raised = DerivedIds.Raised(watch.Id, matched.Delivery.Id);
        call.Key(keys.Trigger(watch.Id)).Key(keys.Event(raised)).Key(keys.Seen(raised));
        foreach (var key in keys.OverTime(one.Member))
        {
            call.Key(key);
        }

        call.Key(keys.Distinct(one.Member, one.Distinct));
        call.Add(matched.Delivery.PublishedMs).Add(EntryOf(matched.Delivery)).Add(matched.Delivery.Id).Add(matched.Source).Add(matched.TrailBy(one.Trigger))
            .Add(watch.Id).Add(watch.Version).Add(raised).Add(pending.Payload).Add(one.Member).Add(one.Roles);
    }

    // Sorts by the number, and then by the id: a number is preceded by how many digits it has.
    private static string EntryOf(Delivery delivery)
    {
        var number = delivery.Watch.Number.ToString(CultureInfo.InvariantCulture);
        return $"{number.Length:x}{number}{delivery.Id}";
    }

    private sealed class Pending(KeyedEvent observation, MatchedEvent matched, RedisValue payload) : ICoalesced
    {
        private readonly TaskCompletionSource<string> _word = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public KeyedEvent Observation => observation;

        public MatchedEvent Matched => matched;

        public RedisValue Payload => payload;

        public Task<string> Word => _word.Task;

        public int Count => 1;

        public int Size { get; } = matched.Source.Length + (int)payload.Length() + 500;

        public void Complete(string word) => _word.SetResult(word);

        public void Fail(Exception exception) => _word.TrySetException(exception);
    }
}
