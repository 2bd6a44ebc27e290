using System.Globalization;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>Knows the types whose values a pattern compares as C# does, and the conversions between them that keep each value.</summary>
internal static class PlainTypes
{
    // The conversion from long to double is missing because it loses digits.
    private static readonly Dictionary<TypeCode, TypeCode[]> Wider = new()
    {
        [TypeCode.SByte] = [TypeCode.Int16, TypeCode.Int32, TypeCode.Int64, TypeCode.Single, TypeCode.Double, TypeCode.Decimal],
        [TypeCode.Byte] =
        [
            TypeCode.Int16, TypeCode.UInt16, TypeCode.Int32, TypeCode.UInt32, TypeCode.Int64, TypeCode.UInt64,
            TypeCode.Single, TypeCode.Double, TypeCode.Decimal,
        ],
        [TypeCode.Int16] = [TypeCode.Int32, TypeCode.Int64, TypeCode.Single, TypeCode.Double, TypeCode.Decimal],
        [TypeCode.UInt16] =
        [
            TypeCode.Int32, TypeCode.UInt32, TypeCode.Int64, TypeCode.UInt64, TypeCode.Single, TypeCode.Double, TypeCode.Decimal,
        ],
        [TypeCode.Char] = [TypeCode.UInt16, TypeCode.Int32, TypeCode.UInt32, TypeCode.Int64, TypeCode.UInt64],
        [TypeCode.Int32] = [TypeCode.Int64, TypeCode.Double, TypeCode.Decimal],
        [TypeCode.UInt32] = [TypeCode.Int64, TypeCode.UInt64, TypeCode.Double, TypeCode.Decimal],
        [TypeCode.Int64] = [TypeCode.Decimal],
        [TypeCode.UInt64] = [TypeCode.Decimal],
    };

    /// <summary>Gets the underlying type of a nullable value type, or the type itself.</summary>
    public static Type Below(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    public static bool IsNumber(Type type) => !type.IsEnum && (Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.Decimal);

    public static bool IsFloat(Type type) => type == typeof(double) || type == typeof(float);

    /// <summary>Determines whether equal values of a type are written alike, and different values differently.</summary>
    public static bool HasEquality(Type type) =>
        type.IsEnum || IsNumber(type) || type == typeof(bool) || type == typeof(char) || IsText(type);

    /// <summary>Determines whether a type has <see cref="HasEquality"/> and compares with operators that it defines itself.</summary>
    public static bool HasOperators(Type type) => type == typeof(decimal) || IsText(type);

    /// <summary>Determines whether a type is a string in JSON that a pattern can only compare with null.</summary>
    public static bool IsOpaqueText(Type type) =>
        type == typeof(DateTime) || type == typeof(DateTimeOffset) || type == typeof(Uri) || type == typeof(Version);

    /// <summary>Determines whether a conversion keeps each value other than null.</summary>
    public static bool IsLossless(Type from, Type to)
    {
        var (source, target) = (NumberOf(Below(from)), NumberOf(Below(to)));
        return source == target || (Wider.TryGetValue(Type.GetTypeCode(source), out var wider) && wider.Contains(Type.GetTypeCode(target)));
    }

    /// <summary>Converts a value to a narrower type, if that type has the same value.</summary>
    public static bool TryNarrow(object value, Type to, out object narrow)
    {
        narrow = value;
        if (value.GetType() == to)
        {
            return true;
        }

        if (to.IsEnum)
        {
            var has = TryNarrow(value, Enum.GetUnderlyingType(to), out var number);
            narrow = has ? Enum.ToObject(to, number) : value;
            return has;
        }

        if (ExactOf(value) is not { } exact || exact != decimal.Truncate(exact))
        {
            return false;
        }

        try
        {
            narrow = to == typeof(char) ? (char)decimal.ToUInt16(exact) : Convert.ChangeType(exact, to, CultureInfo.InvariantCulture);
            return true;
        }
        catch (OverflowException)
        {
            return false;
        }
    }

    /// <summary>Compares two numbers, enums or characters; <see langword="null"/> if they have no order.</summary>
    public static int? Order(object one, object other) =>
        IsFloat(one.GetType()) || IsFloat(other.GetType()) ? Order(ToDouble(one), ToDouble(other))
        : ExactOf(one) is { } left && ExactOf(other) is { } right ? left.CompareTo(right)
        : null;

    private static int? Order(double one, double other) =>
        double.IsNaN(one) || double.IsNaN(other) ? null : one == other ? 0 : one < other ? -1 : 1;

    private static double ToDouble(object value) => value switch
    {
        double number => number,
        float number => number,
        _ => ExactOf(value) is { } number ? (double)number : double.NaN,
    };

    // Only integral floats within the range of the integers that they are compared with.
    private static decimal? ExactOf(object value) => value switch
    {
        Enum of => Convert.ToDecimal(of, CultureInfo.InvariantCulture),
        char of => of,
        float of => ExactOf((double)of),
        double of => double.IsInteger(of) && Math.Abs(of) < 1e18 ? (long)of : null,
        IConvertible of when IsNumber(value.GetType()) => of.ToDecimal(CultureInfo.InvariantCulture),
        _ => null,
    };

    // These types write each value as exactly one text.
    private static bool IsText(Type type) =>
        type == typeof(string)
        || type == typeof(Guid)
        || type == typeof(DateOnly)
        || type == typeof(TimeOnly)
        || type == typeof(TimeSpan);

    private static Type NumberOf(Type type) => type.IsEnum ? Enum.GetUnderlyingType(type) : type;
}
