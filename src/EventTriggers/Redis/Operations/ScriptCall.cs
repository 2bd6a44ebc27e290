using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>The keys and arguments of a script call. It can be filled again for the next call.</summary>
internal sealed class ScriptCall
{
    private RedisKey[] _keys = new RedisKey[16];
    private RedisValue[] _arguments = new RedisValue[64];
    private int _keyCount;
    private int _argumentCount;

    public ReadOnlyMemory<RedisKey> Keys => _keys.AsMemory(0, _keyCount);

    public ReadOnlyMemory<RedisValue> Arguments => _arguments.AsMemory(0, _argumentCount);

    /// <summary>Removes everything.</summary>
    public ScriptCall Clear()
    {
        // Values that were sent are not kept alive.
        Array.Clear(_keys, 0, _keyCount);
        Array.Clear(_arguments, 0, _argumentCount);
        (_keyCount, _argumentCount) = (0, 0);
        return this;
    }

    public ScriptCall Key(RedisKey key)
    {
        if (_keyCount == _keys.Length)
        {
            Array.Resize(ref _keys, 2 * _keyCount);
        }

        _keys[_keyCount++] = key;
        return this;
    }

    public ScriptCall Add(RedisValue argument)
    {
        if (_argumentCount == _arguments.Length)
        {
            Array.Resize(ref _arguments, 2 * _argumentCount);
        }

        _arguments[_argumentCount++] = argument;
        return this;
    }

    public ScriptCall Add(ReadOnlySpan<RedisValue> arguments)
    {
        foreach (var argument in arguments)
        {
            Add(argument);
        }

        return this;
    }

    /// <summary>Adds an argument whose value is known later.</summary>
    /// <returns>Its index, for <see cref="Set"/>.</returns>
    public int Reserve()
    {
        Add(RedisValue.EmptyString);
        return _argumentCount - 1;
    }

    public void Set(int argument, RedisValue value) => _arguments[argument] = value;

    /// <summary>Gets the number of arguments that were added after one.</summary>
    public int Since(int argument) => _argumentCount - argument - 1;
}
