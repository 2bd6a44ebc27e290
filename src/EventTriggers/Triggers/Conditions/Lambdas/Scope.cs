using System.Linq.Expressions;

namespace EventTriggers;

/// <summary>What a part of a lambda speaks about: the payload, or an element of one of its collections.</summary>
/// <param name="Parameter">How the lambda calls it.</param>
/// <param name="Field">Where it is in the payload.</param>
internal sealed record Scope(ParameterExpression Parameter, FieldName Field)
{
    /// <summary>Gets a value indicating whether it is an element of a collection.</summary>
    public bool IsElement => Field.Scope.Length > 0;

    /// <summary>Tells whether an expression is a member of it, of a member of it, or itself.</summary>
    public bool Names(Expression expression) => expression switch
    {
        ParameterExpression parameter => parameter == Parameter,
        MemberExpression { Expression: { } of } => Names(of),
        UnaryExpression { NodeType: ExpressionType.Convert } convert => Names(convert.Operand),
        _ => false,
    };
}
