using System.Text;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Consuming.Execution;

/// <summary>Reads the deliveries of one group from the replies of claims. Fields that most deliveries lack cost nothing.</summary>
internal sealed class DeliveryReader(string group)
{
    private readonly byte[] _crashes = Encoding.UTF8.GetBytes($"crashes:{group}");
    private readonly byte[] _handled = Encoding.UTF8.GetBytes($"handled:{group}");
    private readonly byte[] _later = Encoding.UTF8.GetBytes($"later:{group}");
    private readonly byte[] _trace = Encoding.UTF8.GetBytes($"trace:{group}");

    private readonly bool _matches = group == TriggerMatcher.Group;
    private readonly PayloadPieces _pieces = new();

    // Mostly the type is the same as that of the delivery before.
    private string? _type;

    /// <summary>Reads the next one: id, fence, attempt, and its hash.</summary>
    public Delivery Read(ref FlatReply reply)
    {
        var delivery = new Delivery
        {
            Group = group, Id = reply.NextString()!, Fence = reply.NextInt64(), Attempt = reply.NextInt32(),
        };
        _pieces.Clear();
        for (var fields = reply.NextList() / 2; fields > 0; fields--)
        {
            reply.Next();
            ReadField(ref reply, delivery);
        }

        delivery.Json = _pieces.Join();
        return delivery;
    }

    private void ReadField(ref FlatReply reply, Delivery delivery)
    {
        if (_pieces.TryTake(ref reply))
        {
            return;
        }

        if (reply.Is("type"u8))
        {
            delivery.Type = _type = reply.NextString(_type)!;
        }
        else if (reply.Is("at"u8))
        {
            delivery.PublishedMs = Number(ref reply, delivery, "at");
        }
        else if (reply.Is("headers"u8))
        {
            delivery.Headers = reply.NextBytes();
        }
        else if (reply.Is("correlation"u8))
        {
            delivery.CorrelationId = reply.NextString();
        }
        else if (reply.Is("key"u8))
        {
            ReadKey(ref reply, delivery);
        }
        else if (reply.Is("unique"u8))
        {
            delivery.HoldsName = reply.NextString()?.StartsWith("handled ", StringComparison.Ordinal) == true;
        }
        else if (reply.Is("firing"u8))
        {
            delivery.Firing = reply.NextBytes();
        }
        else if (reply.Is("sources"u8))
        {
            delivery.Sources = reply.NextBytes();
        }
        else if (_matches && reply.Is("subs"u8))
        {
            ReadWatermark(ref reply, delivery);
        }
        else if (reply.Is("depth"u8))
        {
            ReadChain(ref reply, delivery);
        }
        else if (reply.Is("cancelon"u8))
        {
            delivery.CancelOn = reply.NextString();
        }
        else if (reply.Is("trace"u8))
        {
            delivery.Trace = reply.NextString();
        }
        else if (reply.Is(_trace))
        {
            delivery.TraceBefore = reply.NextString();
        }
        else if (reply.Is("due"u8) && DeliveryTelemetry.IsWatched)
        {
            // Only telemetry needs it, so one that cannot be read does not matter.
            delivery.DueMs = reply.TryNextInt64(out var due) ? due : 0;
        }
        else if (reply.Is(_crashes))
        {
            delivery.Crashes = Count(ref reply, delivery, "crashes");
        }
        else if (reply.Is(_later))
        {
            delivery.PutOff = Count(ref reply, delivery, "later");
        }
        else if (reply.Is(_handled))
        {
            delivery.Handled = Delivery.ParseHandled(reply.NextString());
        }
        else
        {
            // Fields that only the script needs, and fields of other groups.
            reply.Next();
        }
    }

    // A field that cannot be read is noted, and reading goes on: the deliveries behind this one are not affected.
    private static long Number(ref FlatReply reply, Delivery delivery, string field)
    {
        if (!reply.TryNextInt64(out var number))
        {
            delivery.Unreadable ??= $"Field '{field}' holds {reply.Quote()}, which is not a whole number.";
        }

        return number;
    }

    // A count that was set to more than an int holds is read as the largest int.
    private static int Count(ref FlatReply reply, Delivery delivery, string field) =>
        (int)Math.Clamp(Number(ref reply, delivery, field), 0, int.MaxValue);

    private static void ReadKey(ref FlatReply reply, Delivery delivery)
    {
        var key = reply.NextString();
        if (NameRules.KeyProblem(key) is null)
        {
            delivery.Key = key;
        }
        else
        {
            delivery.Unreadable ??= $"Field 'key' holds {reply.Quote()}, which is not the key of an event.";
        }
    }

    private static void ReadWatermark(ref FlatReply reply, Delivery delivery)
    {
        if (Watermark.TryParse(reply.NextString() ?? string.Empty, out var mark))
        {
            delivery.Watermark = mark;
        }
        else
        {
            delivery.Unreadable ??= $"Field 'subs' holds {reply.Quote()}, which does not tell the subscriptions that it is matched with.";
        }
    }

    private static void ReadChain(ref FlatReply reply, Delivery delivery)
    {
        if (TriggerChain.TryParse(reply.NextString() ?? string.Empty, out var chain))
        {
            delivery.Chain = chain;
        }
        else
        {
            delivery.Unreadable ??= $"Field 'depth' holds {reply.Quote()}, which does not tell which triggers led to it.";
        }
    }
}
