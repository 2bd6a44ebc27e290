using System.Text;
using StackExchange.Redis;

namespace EventTriggers.Tests;

/// <summary>What something else may write where the library reads: by name, so that a failed test says which.</summary>
internal static class HostileValues
{
    /// <summary>The key itself holds something else than a hash.</summary>
    public const string OtherKey = "(a list)";

    private static readonly Dictionary<string, RedisValue> Values = new(StringComparer.Ordinal)
    {
        ["empty"] = "",
        ["word"] = "soon",
        ["float"] = "1.5",
        ["negative"] = "-7",
        ["2^53"] = "9007199254740992",
        ["2^60"] = "1152921504606846976",
        ["2^70"] = "1180591620717411303424",
        ["1e400"] = "1e400",
        ["nan"] = "nan",
        ["hexadecimal"] = "0x10",
        ["blanks"] = " 5 ",
        ["NUL"] = "a\0b",
        ["no UTF-8"] = new byte[] { 0xff, 0xfe, 0xc3 },
        ["object"] = "{\"a\":[1,{}]}",
        ["array"] = "[]",
        ["lines"] = "a\r\n\u001b[31mb",
        ["long"] = Encoding.ASCII.GetBytes(new string('9', 5000)),
    };

    public static IEnumerable<string> Names => Values.Keys;

    public static RedisValue Of(string name) => Values[name];

    /// <summary>Puts a value in place of a field's, or a list in place of the hash.</summary>
    public static async Task WriteAsync(IDatabase database, RedisKey key, string field, string value)
    {
        if (value == OtherKey)
        {
            await database.KeyDeleteAsync(key);
            await database.ListLeftPushAsync(key, "mine");
        }
        else
        {
            await database.HashSetAsync(key, field, Of(value));
        }
    }
}
