using System.Linq.Expressions;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>Reads the parts of a lambda that name a value of the payload: a member, a member of a member, an element; and the conversions around them that change nothing.</summary>
internal sealed class PathReader(JsonNames names)
{
    /// <summary>Tells whether an expression is a way to a value, whether or not it is allowed.</summary>
    public static bool LeadsFrom(Scope scope, Expression expression) => expression switch
    {
        ParameterExpression parameter => parameter == scope.Parameter,
        MemberExpression { Expression: { } of } => LeadsFrom(scope, of),
        UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } convert => LeadsFrom(scope, convert.Operand),
        _ => false,
    };

    /// <summary>Reads a way to a value that is compared.</summary>
    /// <exception cref="NotSupportedException">It is none, or converts the value to what has other values.</exception>
    public PayloadField Read(Expression expression, Scope scope)
    {
        switch (expression)
        {
            case ParameterExpression parameter when parameter == scope.Parameter:
                return scope.Field;
            case MemberExpression { Member.Name: "Value", Expression: { } nullable } when Nullable.GetUnderlyingType(nullable.Type) is not null:
                return Read(nullable, scope);
            case MemberExpression { Expression: { } of } member:
                return names.MemberOf(ReadOwner(of, scope), member.Member);
            case UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } convert when IsLossless(convert):
                return Read(convert.Operand, scope);
            case UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } convert when LeadsFrom(scope, convert):
                throw Untranslatable.Of(convert, $"The conversion from {convert.Operand.Type} to {convert.Type} may change values: compare the member with a value of its own type");
            default:
                throw Untranslatable.Of(expression);
        }
    }

    /// <summary>Reads a way to a collection.</summary>
    public PayloadField ReadCollection(Expression expression, Scope scope) => Read(WithoutUpcast(expression), scope);

    // An object is the same as one of its base class; an interface may name members that are written otherwise.
    private PayloadField ReadOwner(Expression expression, Scope scope) =>
        Read(expression is UnaryExpression { Method: null, Type.IsClass: true } ? WithoutUpcast(expression) : expression, scope);

    private static Expression WithoutUpcast(Expression expression) =>
        expression is UnaryExpression { NodeType: ExpressionType.Convert, Method: null, Operand: { Type.IsValueType: false } operand } convert && convert.Type.IsAssignableFrom(operand.Type)
            ? WithoutUpcast(operand)
            : expression;

    // Decimal has its conversions from integers as methods.
    private static bool IsLossless(UnaryExpression convert) => PlainTypes.IsLossless(convert.Operand.Type, convert.Type)
        && (convert.Method is null || convert.Method.DeclaringType == typeof(decimal));
}
