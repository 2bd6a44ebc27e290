using System.Linq.Expressions;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>
/// Reads the parts of a lambda that name a value of the payload: a member, a member of a member, or an element. It accepts conversions
/// around them that keep each value.
/// </summary>
internal sealed class PathReader(JsonNames names)
{
    /// <summary>Determines whether an expression is a path to a value of the payload, supported or not.</summary>
    public static bool LeadsFrom(Scope scope, Expression expression) => expression switch
    {
        ParameterExpression parameter => parameter == scope.Parameter,
        MemberExpression { Expression: { } of } => LeadsFrom(scope, of),
        UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } convert => LeadsFrom(scope, convert.Operand),
        _ => false,
    };

    /// <summary>Reads the path to a value that is compared.</summary>
    /// <exception cref="NotSupportedException">The expression is not a path, or a conversion in it may change values.</exception>
    public PayloadField Read(Expression expression, Scope scope)
    {
        switch (expression)
        {
            case ParameterExpression parameter when parameter == scope.Parameter:
                return scope.Field;
            case MemberExpression { Member.Name: "Value", Expression: { } nullable }
                when Nullable.GetUnderlyingType(nullable.Type) is not null:
                return Read(nullable, scope);
            case MemberExpression { Expression: { } of } member:
                return names.MemberOf(ReadOwner(of, scope), member.Member);
            case UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } convert when IsLossless(convert):
                return Read(convert.Operand, scope);
            case UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } convert
                when LeadsFrom(scope, convert):
                throw Untranslatable.Create(
                    convert,
                    $"The conversion from {convert.Operand.Type} to {convert.Type} may change values. "
                    + "Compare the member with a value of its own type");
            default:
                throw Untranslatable.Create(expression);
        }
    }

    /// <summary>Reads the path to a collection.</summary>
    public PayloadField ReadCollection(Expression expression, Scope scope) => Read(WithoutUpcast(expression), scope);

    // A conversion to a base class changes no member. A member of an interface may be written differently.
    private PayloadField ReadOwner(Expression expression, Scope scope) =>
        Read(expression is UnaryExpression { Method: null, Type.IsClass: true } ? WithoutUpcast(expression) : expression, scope);

    private static Expression WithoutUpcast(Expression expression) =>
        expression is UnaryExpression { NodeType: ExpressionType.Convert, Method: null } convert
        && convert.Operand is { Type.IsValueType: false } operand
        && convert.Type.IsAssignableFrom(operand.Type)
            ? WithoutUpcast(operand)
            : expression;

    // The conversions from integers to decimal are methods of decimal.
    private static bool IsLossless(UnaryExpression convert) => PlainTypes.IsLossless(convert.Operand.Type, convert.Type)
        && (convert.Method is null || convert.Method.DeclaringType == typeof(decimal));
}
