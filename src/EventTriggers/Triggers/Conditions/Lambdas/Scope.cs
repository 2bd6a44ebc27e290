using System.Linq.Expressions;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>What a part of a lambda speaks about: the payload, or an element of one of its collections.</summary>
/// <param name="Parameter">How the lambda calls it.</param>
/// <param name="Field">Where it is in the payload, and how it is written.</param>
internal sealed record Scope(ParameterExpression Parameter, PayloadField Field);
