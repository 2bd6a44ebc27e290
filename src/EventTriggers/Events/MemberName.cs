using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EventTriggers.Events;

/// <summary>Reads the name of a member without its escapes. It keeps a lone surrogate, which the reader's own methods reject.</summary>
internal static class MemberName
{
    public static string Read(ref Utf8JsonReader reader)
    {
        var written = Encoding.UTF8.GetString(reader.ValueSpan);
        return reader.ValueIsEscaped ? Unescape(written) : written;
    }

    private static string Unescape(string written)
    {
        var name = new StringBuilder(written.Length);
        for (var i = 0; i < written.Length; i++)
        {
            if (written[i] != '\\')
            {
                name.Append(written[i]);
                continue;
            }

            var escape = written[++i];
            if (escape == 'u')
            {
                name.Append((char)ushort.Parse(written.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 4;
            }
            else
            {
                name.Append(Meaning(escape));
            }
        }

        return name.ToString();
    }

    private static char Meaning(char escape) => escape switch
    {
        'b' => '\b',
        'f' => '\f',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        _ => escape,
    };
}
