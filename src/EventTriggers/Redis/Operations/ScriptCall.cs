using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>Keys and arguments of a script call. Whoever makes one call after another fills the same one again.</summary>
internal sealed class ScriptCall
{
    private RedisKey[] _keys = new RedisKey[16];
    private RedisValue[] _arguments = new RedisValue[64];
    private int _keyCount;
    private int _argumentCount;

    public ReadOnlyMemory<RedisKey> Keys => _keys.AsMemory(0, _keyCount);

    public ReadOnlyMemory<RedisValue> Arguments => _arguments.AsMemory(0, _argumentCount);

    /// <summary>Begins anew.</summary>
    public ScriptCall Clear()
    {
        // What was sent is not held on to.
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

    /// <summary>Adds an argument that is known later.</summary>
    /// <returns>Where <see cref="Set"/> puts it.</returns>
    public int Reserve()
    {
        Add(RedisValue.EmptyString);
        return _argumentCount - 1;
    }

    public void Set(int argument, RedisValue value) => _arguments[argument] = value;

    /// <summary>Gets how many arguments were added since a place.</summary>
    public int Since(int argument) => _argumentCount - argument - 1;
}
