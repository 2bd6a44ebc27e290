using System.Text;

namespace EventTriggers;

/// <summary>Reads the deliveries of one group out of claims. What most of them lack costs nothing.</summary>
internal sealed class DeliveryReader(string group)
{
    private readonly byte[] _crashes = Encoding.UTF8.GetBytes($"crashes:{group}");
    private readonly byte[] _skips = Encoding.UTF8.GetBytes($"skips:{group}");
    private readonly byte[] _handled = Encoding.UTF8.GetBytes($"handled:{group}");

    private readonly PayloadPieces _pieces = new();

    // Mostly the type is the one of the delivery before.
    private string? _type;

    /// <summary>Reads the next one: id, fence, attempt, and its hash.</summary>
    public Delivery Read(ref FlatReply reply)
    {
        var delivery = new Delivery
        {
            Group = group, Id = new EventId(reply.NextString()!), Fence = reply.NextInt64(), Attempt = reply.NextInt32(),
        };
        for (var fields = reply.NextList() / 2; fields > 0; fields--)
        {
            reply.Next();
            ReadField(ref reply, delivery);
        }

        _pieces.Join(delivery);
        return delivery;
    }

    private void ReadField(ref FlatReply reply, Delivery delivery)
    {
        if (_pieces.TryTake(ref reply, delivery))
        {
            return;
        }

        if (reply.Is("type"u8))
        {
            delivery.Type = _type = reply.NextString(_type)!;
        }
        else if (reply.Is("at"u8))
        {
            delivery.PublishedMs = reply.NextInt64();
        }
        else if (reply.Is("headers"u8))
        {
            delivery.Headers = reply.NextBytes();
        }
        else if (reply.Is("correlation"u8))
        {
            delivery.CorrelationId = reply.NextString();
        }
        else if (reply.Is("firing"u8))
        {
            delivery.Firing = reply.NextBytes();
        }
        else if (reply.Is("sources"u8))
        {
            delivery.Sources = reply.NextBytes();
        }
        else if (reply.Is("watch"u8))
        {
            delivery.Watch = WatchMark.Parse(reply.NextString()!);
        }
        else if (reply.Is("depth"u8))
        {
            delivery.Depth = reply.NextInt32();
        }
        else if (reply.Is(_crashes))
        {
            delivery.Crashes = reply.NextInt32();
        }
        else if (reply.Is(_skips))
        {
            delivery.Skips = reply.NextInt32();
        }
        else if (reply.Is(_handled))
        {
            delivery.Handled = Delivery.ReadHandled(reply.NextString());
        }
        else
        {
            // What the script has looked at, and what other groups have noted.
            reply.Next();
        }
    }
}
